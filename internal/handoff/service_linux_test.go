package handoff

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/listener"
)

const patience = 20 * time.Second

// service is an http.Server on a set, as a process has it.
type service struct {
	set    *listener.Set
	server *http.Server
	served sync.WaitGroup
}

type connKey struct{}

// serve starts a service that asks CanPark for each response.
func serve(t testing.TB, set *listener.Set, handler http.Handler) *service {
	t.Helper()
	s := &service{set: set}
	set.SetIdleTimeout(time.Minute)
	s.server = &http.Server{
		ConnState:         set.ConnState,
		IdleTimeout:       time.Minute,
		ReadHeaderTimeout: time.Minute, // ten thousand clients may share a busy machine
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(lastOne{w, set, r.Context().Value(connKey{}).(net.Conn)}, r)
		}),
	}
	for _, l := range set.Listeners() {
		s.served.Go(func() {
			if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				t.Errorf("Serve: %v", err)
			}
		})
	}
	t.Cleanup(s.end)
	return s
}

func (s *service) end() {
	_ = s.server.Close()
	s.served.Wait()
}

// lastOne says "Connection: close" if the connection can't be parked.
type lastOne struct {
	http.ResponseWriter
	set  *listener.Set
	conn net.Conn
}

func (l lastOne) WriteHeader(code int) {
	if !l.set.CanPark(l.conn) {
		l.Header().Set("Connection", "close")
	}
	l.ResponseWriter.WriteHeader(code)
}

func (l lastOne) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// park parks what can be parked through to and ends the service.
func (s *service) park(t testing.TB, to Carrier) Outcome {
	t.Helper()
	p, err := park(s.set, to)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Wait(ctx); err != nil {
		t.Fatalf("%v; %d connections are left", err, s.set.Conns())
	}
	outcome, err := p.Close()
	if err != nil {
		t.Fatalf("%v; %+v", err, outcome)
	}
	s.end()
	return outcome
}

func open(t testing.TB, name string, inherited ...listener.Inherited) *listener.Set {
	t.Helper()
	set, err := listener.Open([]listener.Spec{{Name: name, Address: "127.0.0.1:0"}}, inherited)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	return set
}

func dial(t testing.TB, set *listener.Set) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", set.Listeners()[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// get makes a request on c and returns the body of its answer.
func get(c net.Conn) (string, error) {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: gind\r\n\r\n"); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	if err == nil && response.Close {
		err = errors.New("the connection is to be closed")
	}
	return string(body), err
}

func mustGet(t testing.TB, c net.Conn, want string) {
	t.Helper()
	if got, err := get(c); err != nil || got != want {
		t.Fatalf("answer %q, error %v; want %q", got, err, want)
	}
}

// say answers every request with the same text.
func say(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, text)
	})
}

// fdStore is a service manager's file descriptor store.
type fdStore struct {
	mu    sync.Mutex
	files map[string][]*os.File
}

func (s *fdStore) store(name string, f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var fd int
	_ = raw.Control(func(n uintptr) { fd, err = unix.FcntlInt(n, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = make(map[string][]*os.File)
	}
	s.files[name] = append(s.files[name], os.NewFile(uintptr(fd), name))
	return nil
}

// take empties the store.
func (s *fdStore) take(name string) []*os.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := s.files[name]
	delete(s.files, name)
	return files
}

func (s *fdStore) inherited(name string) []listener.Inherited {
	var all []listener.Inherited
	for _, f := range s.take(name) {
		all = append(all, listener.Inherited{Name: name, File: f})
	}
	return all
}

// openFiles counts the descriptors of this process.
func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// restart parks the connections of s in a box and ends the process, so to speak.
func (s *service) restart(t testing.TB, store *fdStore) Outcome {
	t.Helper()
	box, err := NewBox(store.store)
	if err != nil {
		t.Fatal(err)
	}
	outcome := s.park(t, box)
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	return outcome
}

func mustAdopt(t testing.TB, set *listener.Set, boxes []*os.File, want Adoption) {
	t.Helper()
	got, err := Adopt(set, boxes)
	if err != nil || got != want {
		t.Fatalf("%+v, error %v; want %+v", got, err, want)
	}
}

// shrink makes the queue of a box as small as the kernel allows.
func (b *Box) shrink(size int) error {
	raw, err := b.sockets[0].conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	_ = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, size)
	})
	return failed
}

// park prepares a parking and freezes the set at once.
func park(set *listener.Set, to Carrier) (*Parking, error) {
	p, err := Prepare(set, to)
	p.Freeze()
	return p, err
}
