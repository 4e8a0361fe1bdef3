package listener

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a test waits for what has to happen.
const patience = 5 * time.Second

// service is a running http.Server on a Set, as a process has it.
type service struct {
	set    *Set
	server *http.Server
	served sync.WaitGroup
}

// serve starts a service that asks CanPark as gind's server does.
func serve(t *testing.T, set *Set, handler http.Handler) *service {
	t.Helper()
	type connKey struct{}
	s := &service{set: set}
	s.server = &http.Server{
		ConnState:         set.ConnState,
		IdleTimeout:       time.Minute,
		ReadHeaderTimeout: 10 * time.Second,
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(closing{w, func() bool { return !set.CanPark(r.Context().Value(connKey{}).(net.Conn)) }}, r)
		}),
	}
	for _, l := range set.Listeners() {
		s.served.Go(func() {
			if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
				t.Errorf("Serve: %v", err)
			}
		})
	}
	t.Cleanup(func() { _ = s.server.Close(); s.served.Wait() })
	return s
}

// closing says "Connection: close" in the response if last.
type closing struct {
	http.ResponseWriter
	last func() bool
}

func (c closing) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c closing) WriteHeader(code int) {
	if c.last() {
		c.Header().Set("Connection", "close")
	}
	c.ResponseWriter.WriteHeader(code)
}

// freeze parks what can be parked and ends the service.
func (s *service) freeze(t *testing.T, keeper Keeper) {
	t.Helper()
	s.set.Freeze(keeper)
	select {
	case <-s.set.Frozen():
	case <-time.After(patience):
		t.Fatalf("the freeze waits for ever: %d connections", s.set.Conns())
	}
	_ = s.server.Close()
	s.served.Wait()
}

// shelf is a Keeper with room for some.
type shelf struct {
	mu     sync.Mutex
	room   int
	parked chan Parked
}

func newShelf(room int) *shelf { return &shelf{room: room, parked: make(chan Parked, room)} }

func (s *shelf) Reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room == 0 {
		return false
	}
	s.room--
	return true
}

func (s *shelf) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room++
}

func (s *shelf) Keep(p Parked) { s.parked <- p }

func (s *shelf) take(t *testing.T) Parked {
	t.Helper()
	select {
	case p := <-s.parked:
		return p
	case <-time.After(patience):
		t.Fatal("nothing is parked")
		return Parked{}
	}
}

func (s *shelf) mustBeEmpty(t *testing.T) {
	t.Helper()
	select {
	case p := <-s.parked:
		t.Fatalf("a connection is parked, with %q", p.Head)
	default:
	}
}

// open opens a set with one listener on a free port.
func open(t *testing.T, specs ...Spec) *Set {
	t.Helper()
	if len(specs) == 0 {
		specs = []Spec{{Name: "http", Address: "127.0.0.1:0"}}
	}
	set, err := Open(specs, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = set.Close() })
	return set
}

func dial(t *testing.T, set *Set) net.Conn {
	t.Helper()
	addr := set.Listeners()[0].Addr()
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// readWatch counts what is read from the connections of a set.
type readWatch struct {
	bytes   atomic.Int64
	waiting atomic.Int32 // reads that fill a buffer
}

func watchReads(set *Set) *readWatch {
	w := new(readWatch)
	for _, l := range set.Listeners() {
		l.socket = watchedSocket{l.socket, w}
	}
	return w
}

// await waits until net/http has read n bytes and waits for more.
func (w *readWatch) await(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d bytes are read", n), func() bool {
		return w.bytes.Load() == int64(n) && w.waiting.Load() > 0
	})
}

type watchedSocket struct {
	socket
	watch *readWatch
}

func (s watchedSocket) Accept() (net.Conn, error) {
	c, err := s.socket.Accept()
	if err != nil {
		return nil, err
	}
	return watchedConn{c, s.watch}, nil
}

type watchedConn struct {
	net.Conn
	watch *readWatch
}

func (c watchedConn) Read(p []byte) (int, error) {
	if len(p) > 1 {
		c.watch.waiting.Add(1)
		defer c.watch.waiting.Add(-1)
	}
	n, err := c.Conn.Read(p)
	c.watch.bytes.Add(int64(n))
	return n, err
}
