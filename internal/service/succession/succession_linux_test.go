package succession

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/unit"
)

// fixture is a Succession with one listener, on which nobody accepts.
type fixture struct {
	*Succession
	log *bytes.Buffer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{log: new(bytes.Buffer)}
	u := unit.New(unit.Options{Steady: func() bool { return true }, Failed: func(err error) { t.Error(err) }})
	if err := u.Become(); err != nil {
		t.Fatal(err)
	}
	set, err := listener.Open([]listener.Spec{{Name: "web", Address: "127.0.0.1:0"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	f.Succession = New(Options{
		Listeners: set, Unit: u, Log: slog.New(slog.NewTextHandler(f.log, nil)),
		Hold: func() { t.Error("the config is held") },
	})
	return f
}

func TestWhatIsInheritedIsSortedIntoSocketsAndBoxes(t *testing.T) {
	var all []sdnotify.File
	for _, name := range []string{"web", handoff.BoxName, listener.StoredPrefix + "api", handoff.BoxName} {
		all = append(all, sdnotify.File{Name: name, File: os.Stdin})
	}
	sockets, boxes := sortInherited(all)
	if len(boxes) != 2 || len(sockets) != 2 || sockets[0].Name != "web" || sockets[1].Name != listener.StoredPrefix+"api" {
		t.Errorf("sockets %+v, %d boxes", sockets, len(boxes))
	}
	if names := storedNames(sockets); len(names) != 1 || names[0] != listener.StoredPrefix+"api" {
		t.Errorf("%q came from the store", names)
	}
}

func TestSocketsThatListenersHaveAreTakenOutOfTheStore(t *testing.T) {
	systemd := newSystemd(t)
	f := newFixture(t)
	f.inherited = inherited{stored: []string{"bound-web", "bound-api"}}
	f.Opened()
	systemd.store("FDSTOREREMOVE bound-web", "FDSTOREREMOVE bound-api")
}

// TestWithoutSystemdAndASuccessorConnectionsEndWithTheirNextResponse, and nothing new
// is accepted.
func TestWithoutSystemdAndASuccessorConnectionsEndWithTheirNextResponse(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := newFixture(t)
	web := f.Listeners.Named("web")[0]
	var frozen atomic.Bool
	last := func(w http.ResponseWriter, r *http.Request) {
		if frozen.Load() && !f.Listeners.CanPark(r.Context().Value(connKey{}).(net.Conn)) {
			w.Header().Set("Connection", "close")
		}
	}
	serve := &http.Server{
		Handler:     http.HandlerFunc(last),
		ConnState:   f.Listeners.ConnState,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	defer func() { _ = serve.Close() }()
	go func() { _ = serve.Serve(web) }()
	client, err := net.Dial("tcp", web.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if response := get(t, client); response.Close {
		t.Error("a response is the last one before the drain")
	}
	parking := f.Park()
	parking.Freeze()
	frozen.Store(true)
	if err := parking.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", web.Addr().String()); err == nil {
		conn.Close()
		t.Error("connections are still accepted")
	}
	response := get(t, client)
	if parking.Close(); !response.Close || f.log.Len() > 0 {
		t.Errorf("a response is the last one: %v; logged %q", response.Close, f.log)
	}
}

type connKey struct{}

func get(t *testing.T, client net.Conn) *http.Response {
	t.Helper()
	if _, err := client.Write([]byte("GET / HTTP/1.1\r\nHost: shop\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestSocketsAreStoredForTheNextProcessBeforeConnectionsAre(t *testing.T) {
	systemd := newSystemd(t)
	f := newFixture(t)
	parking := f.Park()
	parking.Freeze()
	parking.Close()
	systemd.store("FDSTORE bound-web", "FDSTORE "+handoff.BoxName)
	if !strings.Contains(f.log.String(), "connections are not parked") {
		t.Errorf("a store that keeps nothing is told of by %q", f.log)
	}
}

func TestAnUpgradeThatIsNotAllowedStartsNothingAndIsAnError(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for refused, want := range map[error]error{
		lifecycle.ErrUpgrading: lifecycle.ErrUpgrading,
		context.Canceled:       lifecycle.ErrDraining, // by a signal
	} {
		f := newFixture(t)
		f.Alone = func(context.Context, func(context.Context) error) error { return refused }
		if _, err := f.Upgrade(t.Context(), "root", Order{}); !errors.Is(err, want) || f.Succeeded() {
			t.Errorf("refused with %v, want %v", err, want)
		}
		if !strings.Contains(f.log.String(), "level=ERROR") || !strings.Contains(f.log.String(), "by=root") {
			t.Errorf("logged %q", f.log)
		}
	}
}

// TestASuccessorsAnswerMayNotBeWorseThanTheOldOnes: both in maintenance is fine, and so
// is an old one that does not answer at all.
func TestASuccessorsAnswerMayNotBeWorseThanTheOldOnes(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	good, bad := handoff.Answer{Status: 204}, handoff.Answer{Status: 503, Text: "503 Service Unavailable: closed"}
	for name, c := range map[string]struct {
		old    handoff.Answer
		silent error
		want   string
	}{
		"the old one serves":       {old: good, want: "the new program answers requests with 503 Service Unavailable: closed, the running one with status 204, which serves on (--force takes the new one as it is)"},
		"both in maintenance":      {old: bad},
		"the old one is silent":    {silent: context.DeadlineExceeded},
		"the old one needs a name": {old: handoff.Answer{Status: 401}, want: "running one with status 401"},
	} {
		f := newFixture(t)
		f.Ask = func(context.Context) (handoff.Answer, error) { return c.old, c.silent }
		err := f.compare(t.Context(), bad)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// TestAnUpgradeUnderAnotherManagerChangesNothing: Hold would fail the test.
func TestAnUpgradeUnderAnotherManagerChangesNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := newFixture(t)
	f.Manager = func() error { return errors.New("runit started this process") }
	f.Alone = func(ctx context.Context, upgrade func(context.Context) error) error { return upgrade(ctx) }
	if f.Failure() != nil {
		t.Errorf("%+v has failed before", f.Failure())
	}
	if _, err := f.Upgrade(t.Context(), "root", Order{Force: true}); err == nil || err.Error() != "runit started this process" || f.Succeeded() {
		t.Errorf("error %v", err)
	}
	if last := f.Failure(); last == nil || last.Who != "root" || last.Error != "runit started this process" || time.Since(last.Time) > time.Minute {
		t.Errorf("the last failure is %+v", last)
	}
}

func TestThePredecessorsConnectionsAreAwaitedNoLongerThanTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		s.adopting.Go(func() { time.Sleep(time.Minute) })
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Adopted(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if err := s.Adopted(t.Context()); err != nil || time.Since(begun) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestAFailureWithoutAPredecessorIsItsOwnError(t *testing.T) {
	why := errors.New("no")
	if err := Failed(nil, why); !errors.Is(err, why) || New(Options{}).IsSuccessor() {
		t.Errorf("%v", err)
	}
}
