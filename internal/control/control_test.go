package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/status"
)

// buffer is a log that a server may write while the test reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve runs a server on a socket of its own and connects to it.
func serve(t *testing.T, o Options, routes ...func(*Server)) (*Client, *Server, *buffer) {
	t.Helper()
	logged := &buffer{}
	o.Log = slog.New(slog.NewTextHandler(logged, nil))
	s := New(o)
	for _, add := range routes {
		add(s)
	}
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := listener.ListenUnix(path, DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return c, s, logged
}

func TestReloadReturnsTheVerdict(t *testing.T) {
	verdicts := []Verdict{
		{OK: true, Text: "2 keys changed", Version: 4, Changes: Changes{
			{Key: "log.level", Old: "info", New: "debug", Live: true},
			{Key: "listeners.http.address", Old: ":8080", New: ":8081"},
		}},
		{Text: "1 mistake", Version: 3, Mistakes: []*config.Mistake{
			{Place: config.Place{Source: "/etc/gind/gind.yaml", Line: 7, Column: 3}, Key: "log.level", Text: `"loud" is no level`},
		}},
	}
	next := make(chan Verdict, len(verdicts))
	var by Caller
	c, _, _ := serve(t, Options{Reload: func(_ context.Context, caller Caller) Verdict {
		by = caller
		return <-next
	}})
	for _, want := range verdicts {
		next <- want
		got, err := c.Reload(t.Context())
		if err != nil {
			t.Fatalf("Reload: %v", err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Reload = %+v, want %+v", got, want)
		}
	}
	if by != peerSelf() {
		t.Errorf("the caller was %+v, want %+v", by, peerSelf())
	}
}

func TestRefusedReloadFailsForCurl(t *testing.T) {
	c, _, _ := serve(t, Options{Reload: func(context.Context, Caller) Verdict { return Verdict{Text: "no"} }})
	resp, err := c.http.Post("http://gind/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d, want 422", resp.StatusCode)
	}
}

func TestReloadIsSeenThroughWhenTheCallerHangsUp(t *testing.T) {
	begun, hungUp := make(chan struct{}), make(chan struct{})
	outcome := make(chan error, 1)
	c, _, _ := serve(t, Options{Reload: func(ctx context.Context, _ Caller) Verdict {
		close(begun)
		<-hungUp
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond): // net/http's notice of the closed connection
		}
		outcome <- ctx.Err()
		return Verdict{OK: true}
	}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := c.Reload(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Reload: %v, want canceled", err)
	}
	close(hungUp)
	if err := <-outcome; err != nil {
		t.Errorf("the reload was told to stop: %v", err)
	}
}

func TestShutdownWaitsForOrdersAndEndsStreams(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	streaming := make(chan struct{})
	c, s, _ := serve(t, Options{Reload: func(ctx context.Context, _ Caller) Verdict {
		close(begun)
		<-finish
		return Verdict{OK: ctx.Err() == nil, Text: "done"}
	}}, func(s *Server) {
		s.Stream("/logs", func(ctx context.Context, _ *Request, w io.Writer) error {
			_, err := w.Write(nil)
			close(streaming)
			<-ctx.Done()
			return err
		})
	})
	logs, err := c.Stream(t.Context(), "/logs")
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	<-streaming

	verdict := make(chan Verdict, 1)
	go func() {
		v, err := c.Reload(t.Context())
		if err != nil {
			t.Errorf("Reload: %v", err)
		}
		verdict <- v
	}()
	<-begun
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	if _, err := io.ReadAll(logs); err != nil {
		t.Errorf("the stream did not end well: %v", err)
	}
	close(finish)
	if v := <-verdict; !v.OK {
		t.Errorf("the reload under way got %+v", v)
	}
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func TestStatusSurvivesTheWay(t *testing.T) {
	want := status.Status{
		Name: "gind", Version: "0.1.0", PID: 42, State: "ready", Line: "12.5 requests/s",
		Since:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Config:    status.Config{Version: 2, Files: []string{"/etc/gind/gind.yaml"}, Who: "root (uid 0, pid 1)"},
		Requests:  status.Requests{Total: 100, InFlight: 3, PerSecond: 12.5},
		Listeners: []status.Listener{{Name: "http", Address: "[::]:8080", Activated: true, Connections: 7}},
		Checks:    []status.Check{{Name: "database", Kind: "ready", OK: true, LatencySeconds: 0.002}},
		Journal:   map[string]any{"spilled": 1.0},
	}
	c, _, _ := serve(t, Options{Status: func(context.Context) status.Status { return want }})
	got, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAddedRoutesGetTheirBodyQueryAndErrors(t *testing.T) {
	type order struct{ Binary string }
	upgrade := func(_ context.Context, r *Request) (any, error) {
		var o order
		if err := r.Decode(&o); err != nil {
			return nil, err
		}
		switch o.Binary {
		case "busy":
			return nil, &Error{http.StatusConflict, "an upgrade is under way"}
		case "broken":
			return nil, errors.New("exec: broken")
		}
		return map[string]string{"binary": o.Binary, "mode": r.Query.Get("mode")}, nil
	}
	c, _, _ := serve(t, Options{}, func(s *Server) { s.Handle(http.MethodPost, "/upgrade", upgrade) })

	var answer map[string]string
	if err := c.Call(t.Context(), http.MethodPost, "/upgrade?mode=fast", order{"/usr/bin/gind"}, &answer); err != nil {
		t.Fatal(err)
	}
	if answer["binary"] != "/usr/bin/gind" || answer["mode"] != "fast" {
		t.Errorf("answer = %v", answer)
	}

	refusals := []struct {
		path   string
		in     any
		status int
		text   string
	}{
		{"/upgrade", order{"busy"}, http.StatusConflict, "POST /upgrade: an upgrade is under way"},
		{"/upgrade", order{"broken"}, http.StatusInternalServerError, "exec: broken"},
		{"/upgrade", map[string]int{"nonsense": 1}, http.StatusBadRequest, `unknown field "nonsense"`},
		{"/upgrade", order{strings.Repeat("x", maxBody)}, http.StatusBadRequest, "too large"},
		{"/later", nil, http.StatusNotFound, "does not know POST /later; is it an older release?"},
	}
	for _, r := range refusals {
		err := c.Call(t.Context(), http.MethodPost, r.path, r.in, &answer)
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != r.status || !strings.Contains(err.Error(), r.text) {
			t.Errorf("%v: %v, want %d %q", r.path, err, r.status, r.text)
		}
	}
}

func TestStreamSendsEachLineAtOnce(t *testing.T) {
	lines := make(chan string)
	c, _, _ := serve(t, Options{}, func(s *Server) {
		s.Stream("/logs", func(_ context.Context, _ *Request, w io.Writer) error {
			for line := range lines {
				if _, err := fmt.Fprintln(w, line); err != nil {
					return err
				}
			}
			return nil
		})
	})
	go func() { lines <- "first" }()
	logs, err := c.Stream(t.Context(), "/logs?follow=1")
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	in := bufio.NewReader(logs)
	for _, want := range []string{"first", "second", "third"} {
		if want != "first" {
			lines <- want
		}
		if got, err := in.ReadString('\n'); got != want+"\n" {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	close(lines)
	if rest, err := io.ReadAll(in); len(rest) != 0 || err != nil {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

func TestStreamThatBreaksOffIsNotTakenForTheEnd(t *testing.T) {
	c, _, logged := serve(t, Options{}, func(s *Server) {
		s.Stream("/logs", func(_ context.Context, r *Request, w io.Writer) error {
			if r.Query.Has("early") {
				return errors.New("no such unit")
			}
			_, _ = io.WriteString(w, "half\n")
			return errors.New("the journal is corrupt")
		})
	})
	logs, err := c.Stream(t.Context(), "/logs")
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	if got, err := io.ReadAll(logs); string(got) != "half\n" || err == nil {
		t.Errorf("got %q, %v; want half a stream and an error", got, err)
	}
	if !strings.Contains(logged.String(), "the journal is corrupt") {
		t.Errorf("not logged: %s", logged)
	}
	if _, err := c.Stream(t.Context(), "/logs?early=1"); err == nil || !strings.Contains(err.Error(), "no such unit") {
		t.Errorf("an error before the first write: %v", err)
	}
}

func TestStreamEndsWhenTheCallerHangsUp(t *testing.T) {
	ended := make(chan struct{})
	c, _, _ := serve(t, Options{}, func(s *Server) {
		s.Stream("/logs", func(ctx context.Context, _ *Request, w io.Writer) error {
			defer close(ended)
			if _, err := w.Write(nil); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
	})
	logs, err := c.Stream(t.Context(), "/logs")
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on")
	}
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	c, _, logged := serve(t, Options{
		Reload: func(context.Context, Caller) Verdict { panic("nil map") },
		Status: func(context.Context) status.Status { return status.Status{Name: "still here"} },
	})
	if _, err := c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "panic: nil map") {
		t.Errorf("Reload: %v", err)
	}
	if !strings.Contains(logged.String(), "control_test.go") {
		t.Errorf("no stack in the log: %s", logged)
	}
	if s, err := c.Status(t.Context()); s.Name != "still here" {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
}

func TestServerBoundsWhatItReads(t *testing.T) {
	c, _, _ := serve(t, Options{Status: func(context.Context) status.Status { return status.Status{} }})
	conn, err := net.Dial("unix", c.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.WriteString(conn, "GET /status HTTP/1.1\r\nHost: gind\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n")
	}()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if !strings.Contains(line, "431") {
		t.Errorf("a header of 1 MiB is answered with %q, %v", line, err)
	}
}

func TestClientBoundsWhatItReads(t *testing.T) {
	c, _, _ := serve(t, Options{}, func(s *Server) {
		s.Stream("/status", func(ctx context.Context, _ *Request, w io.Writer) error {
			for ctx.Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if _, err := c.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "more than 4 MiB") {
		t.Errorf("an endless answer: %v", err)
	}
}

func TestClientSaysWhenTheServiceGoesAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := listener.ListenUnix(path, DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_ = conn.Close()
	}()
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "the service went away before it answered") {
		t.Errorf("Reload: %v", err)
	}
}

func TestAnswerThatIsNoJSONIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := listener.ListenUnix(path, DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	other := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>")
	})}
	go func() { _ = other.Serve(l) }()
	defer func() { _ = other.Close() }()
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	var syntax *json.SyntaxError
	if _, err := c.Status(t.Context()); !errors.As(err, &syntax) {
		t.Errorf("Status: %v", err)
	}
}

func TestCallerIsReadable(t *testing.T) {
	tests := map[Caller]string{
		{UID: 0, PID: 7, User: "root"}: "root (uid 0, pid 7)",
		{UID: 4000, PID: 7}:            "an unnamed user (uid 4000, pid 7)",
		{UID: 0, User: "root"}:         "root (uid 0)",
		unknown:                        "an unknown user",
	}
	for caller, want := range tests {
		if got := caller.String(); got != want {
			t.Errorf("%#v: %q, want %q", caller, got, want)
		}
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := peerOf(a); got != unknown {
		t.Errorf("the peer of a pipe: %v", got)
	}
}

func TestMain(m *testing.M) {
	if path := os.Getenv("CONTROL_TEST_DIAL"); path != "" {
		os.Exit(dialAsChild(path))
	}
	os.Exit(m.Run())
}

// dialAsChild prints the error of Dial, for a test that needs another user.
func dialAsChild(path string) int {
	c, err := Dial(path)
	if err != nil {
		fmt.Print(err)
		return 0
	}
	_ = c.Close()
	fmt.Print("connected")
	return 0
}
