// Package listener knows where connections come from: sockets that the service
// manager opened and passed by name, addresses that the service binds itself,
// and connections that a process before this one has left open.
//
// Every listener has a name. Its connections are tracked, so that those which
// are idle can leave the process open (see [Set.Freeze]); how they travel is
// the business of a [Keeper].
package listener

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Set is the listeners of a service and their connections. Its methods may be
// called concurrently.
type Set struct {
	idle   atomic.Int64 // nanoseconds: the idle timeout of adopted connections
	freeze atomic.Pointer[freeze]
	called atomic.Pointer[bool] // the last call, and whether what is idle then will be kept

	open    atomic.Int64  // what a freeze still waits for, itself included
	quiet   chan struct{} // closed when open is 0 for the first time
	quieten sync.Once

	refused atomic.Int64

	mu        sync.Mutex
	listeners []*Listener
	conns     map[*Conn]struct{}
}

type freeze struct{ keeper Keeper }

// New returns a Set without listeners. Set.Take and Set.Open add them.
func New() *Set {
	s := &Set{conns: make(map[*Conn]struct{}), quiet: make(chan struct{})}
	s.open.Store(1)
	return s
}

// SetIdleTimeout says how long an adopted connection may be idle before its
// first request here, which is the http.Server's IdleTimeout. Zero, the
// default, means for ever.
func (s *Set) SetIdleTimeout(d time.Duration) { s.idle.Store(int64(d)) }

// Listeners returns all listeners in the order in which they were opened.
func (s *Set) Listeners() []*Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.listeners)
}

// Named returns the listeners of that name: one, or one for each socket where
// the service manager passed several.
func (s *Set) Named(name string) []*Listener {
	return slices.DeleteFunc(s.Listeners(), func(l *Listener) bool { return l.name != name })
}

// Conns is how many connections are open, idle ones and hijacked ones included.
func (s *Set) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Close closes all listeners. Connections stay open.
func (s *Set) Close() error {
	var failed error
	for _, l := range s.Listeners() {
		failed = errors.Join(failed, l.Close())
	}
	return failed
}

// Freeze stops accepting and reading new requests. It may be called once.
//
// What waits to be accepted stays in the kernel's queue where the socket
// outlives this process (the service manager's, or one that was handed on: see
// [Set.Store] and [Set.HandedOn]); other queues are accepted until they are
// empty, for at most a second, and their sockets closed. Listeners with
// [Spec.Unparked] go on as before.
//
// Connections that wait for a request go to keeper, at once or after the
// response to their present one, also when part of a request's header has
// already been read. Requests that have begun are finished. A connection that
// keeper has no room for, or any if keeper is nil, is served on: ask
// [Set.CanPark] for each response whether it has to be the last.
func (s *Set) Freeze(keeper Keeper) {
	if !s.freeze.CompareAndSwap(nil, &freeze{keeper: keeper}) {
		return
	}
	for _, l := range s.Listeners() {
		l.freeze()
	}
	s.mu.Lock()
	conns := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.wake()
	}
	s.settle()
}

// Frozen is closed when, after [Set.Freeze], nothing is left that could be
// parked: every connection has been parked or closed, or was hijacked, speaks
// TLS or has no room.
func (s *Set) Frozen() <-chan struct{} { return s.quiet }

func (s *Set) frozen() bool { return s.freeze.Load() != nil }

func (s *Set) keeper() Keeper {
	if f := s.freeze.Load(); f != nil {
		return f.keeper
	}
	return nil
}

// Refused is how many connections the Keeper had no room for.
func (s *Set) Refused() int { return int(s.refused.Load()) }

// settle takes one off what a freeze waits for.
func (s *Set) settle() {
	if s.open.Add(-1) == 0 {
		s.quieten.Do(func() { close(s.quiet) })
	}
}

// track takes up a connection.
func (s *Set) track(c *Conn) *Conn {
	if c.settled = c.listener.unparked(); !c.settled {
		s.open.Add(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	return c
}

func (s *Set) forget(c *Conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	c.mu.Lock()
	c.settle()
	c.mu.Unlock()
}

func (s *Set) part(l *Listener) {
	s.mu.Lock()
	s.listeners = slices.DeleteFunc(s.listeners, func(other *Listener) bool { return other == l })
	s.mu.Unlock()
}
