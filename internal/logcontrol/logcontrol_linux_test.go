package logcontrol

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

func TestNameIsValidWhateverTheServiceIsCalled(t *testing.T) {
	for service, want := range map[string]string{
		"gind":      "io.github.gind.gind",
		"my.shop 2": "io.github.gind.my_shop_2",
		"été":       "io.github.gind._t_",
	} {
		if got := Name(service); got != want {
			t.Errorf("%q: %s, want %s", service, got, want)
		}
	}
}

// bus starts a bus that is the system bus of this test.
func bus(t *testing.T) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon")
	}
	config := filepath.Join(t.TempDir(), "bus.conf")
	text := fmt.Sprintf(`<busconfig><type>system</type><listen>unix:dir=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>`, t.TempDir())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(daemon, "--config-file="+config, "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
}

// fakeLog is a log that keeps what it is told.
type fakeLog struct {
	mu            sync.Mutex
	level, target string
}

func (f *fakeLog) log(identifier string) Log {
	get := func(p *string) func() string {
		return func() string { f.mu.Lock(); defer f.mu.Unlock(); return *p }
	}
	set := func(p *string) func(string) error {
		return func(s string) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if s == "nonsense" {
				return errors.New("nonsense is no such thing")
			}
			*p = s
			return nil
		}
	}
	return Log{Identifier: identifier, Level: get(&f.level), Target: get(&f.target), SetLevel: set(&f.level), SetTarget: set(&f.target)}
}

// serving runs Serve until the test ends or stop is called.
func serving(t *testing.T, name string, log Log) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, name, log, func(err error) { t.Error(err) })
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func client(t *testing.T, name string) dbus.BusObject {
	t.Helper()
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.Object(name, path)
}

// eventuallyFrom waits until the process of that identifier answers.
func eventuallyFrom(t *testing.T, o dbus.BusObject, identifier string) {
	t.Helper()
	var value dbus.Variant
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if value, err = o.GetProperty(logControl + ".SyslogIdentifier"); err == nil && value.Value() == identifier {
			return
		}
	}
	t.Fatalf("the one who answers is %v, %v; want %s", value, err, identifier)
}

func TestPropertiesAreAskedForAndSetOverARealBus(t *testing.T) {
	bus(t)
	fake := &fakeLog{level: "info", target: "journal"}
	name := Name("shop")
	serving(t, name, fake.log("shop"))
	o := client(t, name)
	eventuallyFrom(t, o, "shop")
	if v, err := o.GetProperty(logControl + ".LogLevel"); err != nil || v.Value() != "info" {
		t.Errorf("level %v, %v", v, err)
	}
	if err := o.SetProperty(logControl+".LogLevel", dbus.MakeVariant("debug")); err != nil {
		t.Error(err)
	}
	if err := o.SetProperty(logControl+".LogTarget", dbus.MakeVariant("console")); err != nil {
		t.Error(err)
	}
	var all map[string]dbus.Variant
	if err := o.Call(properties+".GetAll", 0, logControl).Store(&all); err != nil || len(all) != 3 ||
		all["LogLevel"].Value() != "debug" || all["LogTarget"].Value() != "console" {
		t.Errorf("%v, %v", all, err)
	}
	for _, tt := range []struct {
		property string
		value    any
		failure  string
	}{
		{"LogLevel", "nonsense", "org.freedesktop.DBus.Error.InvalidArgs"},
		{"LogLevel", 7, "org.freedesktop.DBus.Error.InvalidArgs"},
		{"SyslogIdentifier", "other", "org.freedesktop.DBus.Error.PropertyReadOnly"},
		{"LogColour", "red", "org.freedesktop.DBus.Error.UnknownProperty"},
	} {
		err := o.SetProperty(logControl+"."+tt.property, dbus.MakeVariant(tt.value))
		var refused dbus.Error
		if !errors.As(err, &refused) || refused.Name != tt.failure {
			t.Errorf("%s=%v: %v, want %s", tt.property, tt.value, err, tt.failure)
		}
	}
	if err := o.Call(properties+".GetAll", 0, "org.example.Other").Err; err == nil {
		t.Error("it has an interface that it has not")
	}
	var xml string
	if err := o.Call("org.freedesktop.DBus.Introspectable.Introspect", 0).Store(&xml); err != nil || !strings.Contains(xml, logControl) {
		t.Errorf("%q, %v", xml, err)
	}
}

func TestANameGoesOverToTheSuccessorAndBackIfThatEnds(t *testing.T) {
	bus(t)
	fake := &fakeLog{}
	name := Name("shop")
	stopFirst := serving(t, name, fake.log("first"))
	o := client(t, name)
	eventuallyFrom(t, o, "first")
	stopSecond := serving(t, name, fake.log("second"))
	eventuallyFrom(t, o, "second")
	stopSecond()
	eventuallyFrom(t, o, "first")
	serving(t, name, fake.log("third"))
	eventuallyFrom(t, o, "third")
	stopFirst()
	eventuallyFrom(t, o, "third")
}

func TestWithoutABusItWaitsAndEnds(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, Name("shop"), (&fakeLog{}).log("shop"), func(err error) { told <- err })
	}()
	if err := <-told; !strings.Contains(err.Error(), "connect to the system bus") {
		t.Error(err)
	}
	cancel()
	<-done
}
