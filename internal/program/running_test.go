package program

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/service/orders"
)

func (s *site) dial() (command.Service, error) {
	return s.program().dial(command.Input{ConfigFile: s.file(), Explicit: true})
}

// TestAServiceIsFoundWhereItIs also after its config names another control socket, or
// is bad, or can't be read at all.
func TestAServiceIsFoundWhereItIs(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", t.TempDir())
	t.Setenv("RUNTIME_DIRECTORY", t.TempDir())
	s := newSite(t, nil)
	address, socket := freeAddress(t), filepath.Join(s.dir, "a.sock")
	s.write("listeners: {http: {address: %q}}\ncontrol: {socket: %q}\n", address, socket)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.program().Serve(ctx, command.Input{ConfigFile: s.file(), Explicit: true}) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	await(t, "the service answers", func() bool { return answers(socket) })
	await(t, "the config is in the history", func() bool { return len(s.program().formerSockets()) == 1 })

	await(t, "the service is ready", func() bool {
		service, err := s.dial()
		if err != nil {
			return false
		}
		text, _, err := service.Status(t.Context())
		return err == nil && strings.Contains(text, " ready for ")
	})

	reload := func() (string, error) {
		t.Helper()
		service, err := s.dial()
		if err != nil {
			t.Fatal(err)
		}
		return service.Reload(t.Context())
	}
	for name, bad := range map[string]string{
		"wrong":               "control: {socket: %q}\nserver: {read_timeout: 5}\n",
		"malformed":           "control: {socket: %q}\nserver: [\n",
		"malformed before it": "server: [}\ncontrol: {socket: %q}\n",
		"wrong there":         "control: {socket: %q, port: 1}\n",
	} {
		s.write("listeners: {http: {address: %q}}\n"+bad, address, socket)
		if _, err := reload(); err == nil || !strings.Contains(err.Error(), s.file()+":") {
			t.Errorf("%s: %v, want the mistakes", name, err)
		}
	}
	for _, other := range []string{"b.sock", "c.sock"} {
		s.write("listeners: {http: {address: %q}}\ncontrol: {socket: %q}\nserver: {max_body: 1MiB}\n", address, filepath.Join(s.dir, other))
		if report, err := reload(); err != nil || !strings.Contains(report, "control.socket") || !strings.Contains(report, "(needs a restart)") {
			t.Errorf("%s: %q, %v", other, report, err)
		}
	}
	s.write("listeners: {http: {address: %q}}\ncontrol: {socket: [}\n", address)
	if _, err := reload(); err == nil || !strings.Contains(err.Error(), s.file()+":") {
		t.Errorf("nothing to be read: %v, want the mistakes", err)
	}
}

func TestWhatIsWrongWithTheConfigIsToldWhereNoServiceIsFound(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", t.TempDir())
	t.Setenv("RUNTIME_DIRECTORY", t.TempDir())
	s := newSite(t, nil)
	s.write("server: {read_timeout: 5}\n")
	_, err := s.dial()
	if err == nil || !strings.Contains(err.Error(), "is the service running?") || !strings.Contains(err.Error(), "server.read_timeout") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(s.file(), []byte("control: {socket: /nowhere/control.sock}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if service, err := s.dial(); err != nil {
		t.Error(err)
	} else if _, err := service.Reload(t.Context()); err == nil || len(config.Mistakes(err)) > 0 || !strings.Contains(err.Error(), "is the service running?") {
		t.Errorf("%v", err)
	}
}

// TestTheMistakesAreOnceInTheJournal: the service has logged them, and what its unit
// runs to reload it need not say them again.
func TestTheMistakesAreOnceInTheJournal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no journal")
	}
	stream, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	if isJournal(stream) {
		t.Error("a file is taken for the journal")
	}
	info, err := stream.Stat()
	if err != nil {
		t.Fatal(err)
	}
	stat := reflect.ValueOf(info.Sys()).Elem()
	t.Setenv("JOURNAL_STREAM", fmt.Sprint(stat.FieldByName("Dev"), ":", stat.FieldByName("Ino")))
	if !isJournal(stream) {
		t.Error("the journal is not known")
	}
}

// TestTheStatusOfAServiceThatWaitsIsThatItDoes: it does not answer before its next start.
func TestTheStatusOfAServiceThatWaitsIsThatItDoes(t *testing.T) {
	dir := t.TempDir()
	record := fmt.Sprintf(`{"waiting": true, "time": %q, "failed": 2, "last": "no database"}`, time.Now().Add(time.Minute).Format(time.RFC3339Nano))
	if err := os.WriteFile(filepath.Join(dir, "starts"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := remote{orders.Remote{Path: filepath.Join(dir, "control.sock")}}.Status(t.Context())
	if err == nil || !strings.Contains(err.Error(), "is waiting ") || !strings.HasSuffix(err.Error(), " s before start 3; the last: no database") {
		t.Errorf("%v", err)
	}
}
