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
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/socketunit"
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
		Hold:    func() { t.Error("the config is held") },
		Sockets: func(context.Context) ([]socketunit.Socket, error) { return nil, errors.New("there is no bus") },
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

// TestSocketsAreProvenByWhatIsStoredAfterThem: a store that has room for that has kept them.
func TestSocketsAreProvenByWhatIsStoredAfterThem(t *testing.T) {
	systemd := newSystemd(t)
	systemd.keeps.Store(true)
	f := newFixture(t)
	f.OpenBox()
	address := f.Listeners.Named("web")[0].Addr().String()
	parking := f.Park()
	parking.Freeze()
	_ = f.Listeners.Close()
	parking.Close()
	const box = "FDSTORE " + handoff.BoxName
	systemd.store("FDSTOREREMOVE "+handoff.BoxName, box, "FDSTORE bound-web", box)
	if conn, err := net.Dial("tcp", address); err != nil {
		t.Errorf("nobody waits for the next process: %v", err)
	} else {
		conn.Close()
	}
	if f.log.Len() > 0 {
		t.Errorf("logged %q", f.log)
	}
}

// TestABoxThatIsClosedLateIsNotReliedOn: systemd may do that after the barrier.
func TestABoxThatIsClosedLateIsNotReliedOn(t *testing.T) {
	systemd := newSystemd(t)
	systemd.keeps.Store(true)
	f := newFixture(t)
	f.Manager = func() error { return nil }
	if f.OpenBox(); f.Lacks() != nil {
		t.Errorf("lacks %q", f.Lacks())
	}
	systemd.closeKept()
	if f.Lacks() == nil {
		t.Error("lacks nothing")
	}
	if f.store() != nil {
		t.Error("there is a box")
	}
}

// TestWhatIsNotKeptIsNotReliedOn: connections that nobody would serve are not left to
// wait in the queue, and a socket that may have been kept is taken out again.
func TestWhatIsNotKeptIsNotReliedOn(t *testing.T) {
	systemd := newSystemd(t)
	f := newFixture(t)
	web := f.Listeners.Named("web")[0]
	served := make(chan net.Conn, 1)
	go func() {
		for {
			conn, err := web.Accept()
			if err != nil {
				return
			}
			served <- conn
		}
	}()
	parking := f.Park()
	waiting, err := net.Dial("tcp", web.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	parking.Freeze()
	(<-served).Close()
	if err := parking.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", web.Addr().String()); err == nil {
		conn.Close()
		t.Error("connections are still let in")
	}
	parking.Close()
	systemd.store("FDSTORE " + handoff.BoxName)
	if !strings.Contains(f.log.String(), "nothing is kept for the next process") {
		t.Errorf("a store that keeps nothing is told of by %q", f.log)
	}
}

// TestASocketUnitsOwnNameIsNotStored: the socket would keep that from opening its own.
func TestASocketUnitsOwnNameIsNotStored(t *testing.T) {
	systemd := newSystemd(t)
	systemd.keeps.Store(true)
	f := newFixture(t)
	f.Sockets = func(context.Context) ([]socketunit.Socket, error) {
		return []socketunit.Socket{{Unit: "shop.socket", Name: "web", Active: true, Streams: []string{"[::]:1"}}}, nil
	}
	parking := f.Park()
	parking.Freeze()
	parking.Close()
	systemd.store("FDSTORE " + handoff.BoxName)
}

// TestAListenerWithoutItsSocketIsWhereTheUnitSays, and not where the config would have it
// without a unit, unless systemd can't be asked.
func TestAListenerWithoutItsSocketIsWhereTheUnitSays(t *testing.T) {
	newSystemd(t)
	f := newFixture(t)
	f.Manager = func() error { return nil }
	config := []listener.Spec{{Name: "web", Address: "127.0.0.1:8080"}, {Name: "admin", Address: ":1"}}
	if got := f.asUnits(config, nil); !slices.Equal(got, config) {
		t.Errorf("%+v, and systemd can't be asked", got)
	}
	const free, taken = "127.0.0.1:0", "192.0.2.1:80" // not an address of this machine
	for address, want := range map[string]string{free: free, taken: "127.0.0.1:8080"} {
		f.Sockets = func(context.Context) ([]socketunit.Socket, error) {
			return []socketunit.Socket{{Name: "web", Active: true, Streams: []string{"/run/web.sock", address}}}, nil
		}
		if got := f.asUnits(config, nil); got[0].Address != want || got[1] != config[1] {
			t.Errorf("%+v, want %s", got, want)
		}
	}
	if got := f.asUnits(config, []listener.Inherited{{Name: "web"}}); !slices.Equal(got, config) {
		t.Errorf("%+v, and the socket is passed", got)
	}
}

// TestASocketThatSystemdHasClosedIsNotLeftWithAQueue: nobody would ever accept from it.
func TestASocketThatSystemdHasClosedIsNotLeftWithAQueue(t *testing.T) {
	newSystemd(t).keeps.Store(true)
	for name, streams := range map[string][]string{"closed": {"[::]:1"}, "open": nil} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t)
		if err := f.Listeners.Take([]listener.Spec{{Name: "web", Address: ":1"}}, []listener.Inherited{{Name: "web", File: file}}); err != nil {
			t.Fatal(err)
		}
		if streams == nil {
			streams = []string{l.Addr().String()}
		}
		f.Sockets = func(context.Context) ([]socketunit.Socket, error) {
			return []socketunit.Socket{{Unit: "shop.socket", Name: "web", Active: true, Streams: streams}}, nil
		}
		waiting, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer waiting.Close()
		accepted := make(chan bool, 1)
		passed := f.Listeners.Named("web")[1]
		parking := f.Park()
		parking.Freeze()
		go func() {
			conn, err := passed.Accept()
			accepted <- err == nil
			if err == nil {
				conn.Close()
			}
		}()
		if name == "open" {
			_ = passed.Close()
		}
		if got := <-accepted; got != (name == "closed") {
			t.Errorf("%s: what waits is accepted: %v", name, got)
		}
		_ = f.Listeners.Close()
		parking.Close()
	}
}

func TestAUnitThatKeepsNothingSaysSoFromTheStart(t *testing.T) {
	newSystemd(t)
	f := newFixture(t)
	f.Manager = func() error { return nil }
	const want = "the unit keeps no descriptors: FileDescriptorStoreMax= is 0"
	f.OpenBox()
	if f.TellLacks(t.Context()); !strings.Contains(f.Lacks()[0], want) || !strings.Contains(f.log.String(), want) {
		t.Errorf("lacks %q; logged %q", f.Lacks(), f.log)
	}
	t.Setenv("FDSTORE", "7")
	if !strings.Contains(f.Lacks()[0], "the 7 of FileDescriptorStoreMax= are taken") {
		t.Errorf("lacks %q in a full store", f.Lacks())
	}
}

// TestAStoreWithoutRoomForAllSocketsKeepsNone of them, but connections.
func TestAStoreWithoutRoomForAllSocketsKeepsNone(t *testing.T) {
	systemd := newSystemd(t)
	systemd.keeps.Store(true)
	t.Setenv("FDSTORE", "1")
	f := newFixture(t)
	f.OpenBox()
	if f.store() == nil {
		t.Error("there is no box")
	}
	const box = "FDSTORE " + handoff.BoxName
	systemd.store("FDSTOREREMOVE "+handoff.BoxName, box, "FDSTORE bound-web", box, "FDSTOREREMOVE bound-web")
	if !strings.Contains(f.log.String(), "FileDescriptorStoreMax=1 is too small") {
		t.Errorf("logged %q", f.log)
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
