package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/listener"

	"github.com/hashicorp/go-multierror"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/status"
)

// fixture is a service that takes orders: who asks is a Remote, what is done are the
// Options, both to be set by a test.
type fixture struct {
	*Server
	Remote
	log       *slog.Logger
	drain     context.CancelFunc
	succeeded atomic.Bool
}

func serve(t *testing.T, o Options) *fixture {
	t.Helper()
	f := new(fixture)
	j, err := journal.Open(journal.Options{Target: journal.JSON})
	if err != nil {
		t.Fatal(err)
	}
	o.Draining, f.drain = context.WithCancel(context.Background())
	o.Journal, o.Log, o.Succeeded = j, slog.New(slog.DiscardHandler), f.succeeded.Load
	f.Server, f.log = New(o), slog.New(j.Handler())
	f.Remote = Remote{Path: filepath.Join(t.TempDir(), "control.sock")}
	l, err := listener.ListenUnix(f.Path, control.DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { f.Serve(l) })
	t.Cleanup(func() {
		f.drain()
		f.Shutdown(context.Background())
		serving.Wait()
		_ = j.Close()
	})
	return f
}

// mistake is what a bad config is refused with.
func mistake() error {
	return multierror.Append(nil, &config.Mistake{
		Place: config.Place{Source: "shop.yaml", Line: 2, Column: 3}, Key: "log.level", Text: `"loud" is not one of info, debug`,
	})
}

// outcome of a change of the config.
func outcome(pinned int, changes ...config.Change) *config.Outcome {
	return &config.Outcome{New: &config.Snapshot{Version: 3, Pinned: pinned}, Changes: changes}
}

func TestAReloadIsAskedForInTheNameOfTheCaller(t *testing.T) {
	var by string
	f := serve(t, Options{Reload: func(_ context.Context, who string) (*config.Outcome, error) {
		by = who
		return outcome(0, config.Change{Key: "log.level", Old: "info", New: "debug", Live: true}, config.Change{Key: "environment", Old: "test", New: "staging"}), nil
	}})
	text, err := f.Reload(t.Context())
	if err != nil || !strings.Contains(text, "log.level: info → debug\n") || !strings.Contains(text, "restart") {
		t.Errorf("%q, %v", text, err)
	}
	if want := fmt.Sprintf("(uid %d, pid %d)", os.Getuid(), os.Getpid()); !strings.HasSuffix(by, want) && by != "an unknown user" {
		t.Errorf("by %q, want %s", by, want)
	}
}

func TestAReloadThatIsRefusedIsAnErrorOfTheConfig(t *testing.T) {
	f := serve(t, Options{Reload: func(context.Context, string) (*config.Outcome, error) { return nil, mistake() }})
	_, err := f.Reload(t.Context())
	var bad *command.ConfigError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), `shop.yaml:2:3: log.level: "loud" is not one of`) {
		t.Errorf("%v", err)
	}
	client, err := control.Dial(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	verdict, err := client.Reload(t.Context())
	want := []*config.Mistake{{Place: config.Place{Source: "shop.yaml", Line: 2, Column: 3}, Key: "log.level", Text: `"loud" is not one of info, debug`}}
	if err != nil || verdict.OK || !reflect.DeepEqual(verdict.Mistakes, want) {
		t.Errorf("%+v, %v", verdict, err)
	}
}

func TestAReloadThatChangesNothingSaysSo(t *testing.T) {
	f := serve(t, Options{Reload: func(context.Context, string) (*config.Outcome, error) { return outcome(0), nil }})
	if text, err := f.Reload(t.Context()); err != nil || text != "nothing changed" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestARollbackPutsAVersionInForceOrReleasesIt(t *testing.T) {
	var asked []string
	f := serve(t, Options{
		Rollback: func(_ context.Context, version int, _ string) (*config.Outcome, error) {
			asked = append(asked, fmt.Sprint("version ", version))
			if version == 9 {
				return nil, history.ErrNoVersion
			}
			return outcome(version), nil
		},
		Release: func(context.Context, string) (*config.Outcome, error) {
			asked = append(asked, "release")
			return outcome(0), nil
		},
	})
	if text, err := f.Rollback(t.Context(), 2, false); err != nil || !strings.Contains(text, "version 2 is held in force by a rollback") {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := f.Rollback(t.Context(), 0, true); err != nil || text != "nothing changed" {
		t.Errorf("%q, %v", text, err)
	}
	var bad *command.ConfigError
	if _, err := f.Rollback(t.Context(), 9, false); !errors.As(err, &bad) || !strings.Contains(err.Error(), "no such version") {
		t.Errorf("%v", err)
	}
	if got := strings.Join(asked, ", "); got != "version 2, release, version 9" {
		t.Errorf("asked for %s", got)
	}
	for _, order := range []rollbackOrder{{Version: -1}, {Version: 2, Release: true}} {
		if _, err := f.Rollback(t.Context(), order.Version, order.Release); err == nil || !strings.Contains(err.Error(), "there is no version") {
			t.Errorf("%+v: %v", order, err)
		}
	}
	if len(asked) != 3 {
		t.Errorf("an order that makes no sense was carried out: %q", asked)
	}
}

func TestAnUpgradeSaysWhoServesOrWhyNobodyElseDoes(t *testing.T) {
	var fails error
	var asked command.Upgrade
	f := serve(t, Options{Upgrade: func(_ context.Context, _ string, o command.Upgrade) (string, error) {
		asked = o
		return "process 4711 serves", fails
	}})
	for _, order := range []command.Upgrade{{}, {Force: true}, {Back: true}, {To: "/opt/shop", Force: true}} {
		if text, err := f.Upgrade(t.Context(), order); err != nil || text != "process 4711 serves" || asked != order {
			t.Errorf("%q, %v; asked for %+v, want %+v", text, err, asked, order)
		}
	}
	fails = errors.New("the successor was not ready in time")
	var bad *command.ConfigError
	if _, err := f.Upgrade(t.Context(), command.Upgrade{}); err == nil || err.Error() != fails.Error() || errors.As(err, &bad) {
		t.Errorf("%v", err)
	}
}

// TestOnlyRootAndTheServicesUserChooseAProgram: the socket is open to who may read the log.
func TestOnlyRootAndTheServicesUserChooseAProgram(t *testing.T) {
	f := serve(t, Options{Upgrade: func(context.Context, string, command.Upgrade) (string, error) {
		t.Error("it is carried out")
		return "", nil
	}})
	for _, caller := range []control.Caller{{UID: os.Geteuid() + 1, PID: 5, User: "reader"}, {UID: -1}} {
		_, err := f.chosenUpgrade(t.Context(), &control.Request{Caller: caller})
		var refusal *control.Error
		if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden || !strings.Contains(refusal.Text, "not "+caller.String()) {
			t.Errorf("%v: %v", caller, err)
		}
	}
	for _, order := range []command.Upgrade{{Force: true}, {Back: true, To: "/opt/shop"}} {
		if _, err := f.order(post(t.Context(), chosenUpgradePath, order), errors.New); err == nil || !strings.Contains(err.Error(), "either the program before is chosen, or one at a path") {
			t.Errorf("%+v: %v", order, err)
		}
	}
}

func TestTheConfigInForceIsListedAsItIs(t *testing.T) {
	entries := []config.Entry{
		{Key: "log.level", Value: "debug", Origin: config.Place{Source: "shop.yaml", Line: 1, Column: 2}, Live: true},
		{Key: "environment", Value: "test", Origin: config.Place{Source: "default"}},
	}
	f := serve(t, Options{Config: func() []config.Entry { return entries }})
	got, err := f.Config(t.Context())
	if err != nil || len(got) != len(entries) {
		t.Fatalf("%+v, %v\nwant %+v", got, err, entries)
	}
	for i, want := range entries {
		if e := got[i]; e.Key != want.Key || e.Value != want.Value || e.Origin.String() != want.Origin.String() || e.Default() != want.Default() {
			t.Errorf("%+v\nwant %+v", e, want)
		}
	}
}

func TestTheStatusIsForPeopleAndForPrograms(t *testing.T) {
	f := serve(t, Options{Status: func() status.Status {
		return status.Status{
			Name: "shop", State: "ready", Since: time.Now(), Line: "serving",
			Config:  status.Config{Version: 3, Who: "root", Pinned: 2},
			Checks:  []status.Check{{Name: "cache", Kind: "ready", Error: "refused"}},
			Starts:  &status.Starts{Failed: 3, Since: time.Now(), Last: "no database"},
			Upgrade: &status.Upgrade{Time: time.Now(), Who: "apt", Error: "no such table"},
			Program: &status.Program{Path: "/usr/bin/shop"},
			Running: "/usr/lib/shop/before/shop", Trial: &status.Trial{Until: time.Now(), Before: "/opt/shop"},
		}
	}})
	text, value, err := f.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"shop", "ready for 0s", "version 3 since ", "version 2 is held in force", "cache (ready) failed: refused", "3 have failed before this one since ", ", the last: no database\n", ", by apt: no such table\n", "/usr/bin/shop is another than the one that runs",
		"program    /usr/lib/shop/before/shop\n", ": a crash before that starts /opt/shop\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if asJSON, err := json.Marshal(value); err != nil || !strings.Contains(string(asJSON), `"pinned":2`) {
		t.Errorf("%s, %v", asJSON, err)
	}
}

func TestWhereNobodyListensEveryOrderSaysSo(t *testing.T) {
	r := Remote{Path: filepath.Join(t.TempDir(), "nobody.sock")}
	_, reload := r.Reload(t.Context())
	_, rollback := r.Rollback(t.Context(), 1, false)
	_, list := r.Config(t.Context())
	_, upgrade := r.Upgrade(t.Context(), command.Upgrade{})
	_, _, state := r.Status(t.Context())
	for order, err := range map[string]error{"reload": reload, "rollback": rollback, "config": list, "upgrade": upgrade, "status": state} {
		if !errors.Is(err, control.ErrNotRunning) {
			t.Errorf("%s: %v", order, err)
		}
	}
}
