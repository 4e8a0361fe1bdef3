package server

import (
	"context"
	"fmt"
	"net"
	"time"
)

// closeGrace is how long connections that cannot be parked stay open, idle, after
// the last call: a client that sends one more request in this time is answered,
// and told to come back on a new connection.
const closeGrace = 500 * time.Millisecond

// LameDuck is the first phase of the drain: /readyz answers 503, Draining ends,
// and everything is accepted and served as before. It returns once the
// requests that were in flight when it was called are done, and not before
// delay is over. If ctx ends earlier it returns ctx's error.
func (s *Server) LameDuck(ctx context.Context, delay time.Duration) error {
	before := time.Now() // a request that sees Draining end is no longer waited for
	s.drain()
	atLeast := before.Add(delay)
	return s.until(ctx, func() bool {
		return !time.Now().Before(atLeast) &&
			!s.accounts.any(func(x *exchange) bool { return x.start.Before(before) })
	})
}

// Calm waits, while everything is served, for a moment in which no request is in
// flight that began longer ago than short: one that a freeze of that length would
// cut off. If ctx ends earlier it returns ctx's error.
func (s *Server) Calm(ctx context.Context, short time.Duration) error {
	return s.until(ctx, func() bool {
		old := time.Now().Add(-short)
		return !s.accounts.any(func(x *exchange) bool { return x.start.Before(old) })
	})
}

// LastCall ends the first phase. From now on each response on a connection that
// cannot be parked says that it is the last one: HTTP/1 with "Connection: close",
// HTTP/2 with GOAWAY. It closes no connection and no listener, and everything is
// served on.
func (s *Server) LastCall() {
	s.drain()
	now := time.Now()
	if s.lastCall.CompareAndSwap(nil, &now) {
		s.h2.goAway()
	}
}

// EndStreams ends the contexts of the requests that have no end of their own: event
// streams, and those whose connection the handler has taken over. A handler that looks
// ends its response as it should, or sends its last frame.
func (s *Server) EndStreams() {
	var open []*exchange
	s.accounts.each(func(x *exchange) bool {
		open = append(open, x)
		return true
	})
	for _, x := range open {
		x.endStream()
	}
}

// Farewell waits, after LastCall, until the connections that cannot be parked are
// closed or have had a short grace, or ctx ends.
func (s *Server) Farewell(ctx context.Context) {
	_ = s.until(ctx, s.graceIsOver)
}

// Wait returns once no request is in flight and no response is on its way, and
// the connections that cannot be parked are closed or have had a short grace
// since LastCall. If ctx ends earlier it returns ctx's error; OpenRequests then
// tells what Close would cut off. It is for when the caller has frozen the
// connections: it accepts no more, and parks what can be parked.
func (s *Server) Wait(ctx context.Context) error {
	return s.until(ctx, func() bool {
		if s.accounts.any(func(*exchange) bool { return true }) {
			return false
		}
		_, active := s.conns.count()
		return active == 0 && s.graceIsOver()
	})
}

// WaitLatecomers waits until the connections are closed that came after the last call
// and cannot be parked, or ctx ends.
func (s *Server) WaitLatecomers(ctx context.Context) {
	_ = s.until(ctx, func() bool { return !s.hasLatecomers() })
}

// WaitYoung waits until no request is in flight that began after a moment, or ctx
// ends.
func (s *Server) WaitYoung(ctx context.Context, after time.Time) error {
	return s.until(ctx, func() bool {
		return !s.accounts.any(func(x *exchange) bool { return x.start.After(after) })
	})
}

// TellCutOff logs which requests Close would cut off.
func (s *Server) TellCutOff() {
	for _, r := range s.OpenRequests() {
		attrs := []any{"method", r.Method, "path", r.Path, "age", r.Age, "request_id", r.RequestID, "remote", r.Remote}
		if id := s.options.ErrorIDs.CutOff; id != "" {
			attrs = append(attrs, "message_id", id)
		}
		s.log.Error(fmt.Sprintf("request cut off: %s %s after %v: the time of the drain is up", r.Method, printable(r.Path, maxLoggedPath), r.Age.Round(time.Millisecond)), attrs...)
	}
}

func (s *Server) graceIsOver() bool {
	called := s.lastCall.Load()
	return called == nil || time.Since(*called) >= closeGrace ||
		!s.conns.any(func(conn net.Conn, _ time.Time) bool { return s.unparkable(conn) })
}

// hasLatecomers tells whether a connection is open that came after the last call, and
// cannot be parked: its first request, which is about to come, will be its last.
func (s *Server) hasLatecomers() bool {
	called := s.lastCall.Load()
	return called != nil && s.conns.any(func(conn net.Conn, since time.Time) bool { return since.After(*called) && s.unparkable(conn) })
}

// Close closes all listeners and connections at once. Requests that are still
// in flight are cut off.
func (s *Server) Close() error {
	s.drain()
	s.cancelAll()
	s.renewing.Lock() // what comes later sees that it is closing
	defer s.renewing.Unlock()
	err := s.h1.Close()
	if later := s.later.Load(); later != nil {
		_ = later.http.Close()
	}
	s.h2.close()
	s.conns.close() // those of former generations
	return err
}

// sayClose asks the client to come back on a new connection, after the last call.
// HTTP/2 sends GOAWAY instead of the header.
func (s *Server) sayClose(x *exchange) {
	conn, ok := x.base.Value(connKey{}).(net.Conn)
	if !ok || s.unparkable(conn) {
		x.Header().Set("Connection", "close")
	}
}

func (s *Server) unparkable(conn net.Conn) bool { return !s.options.Parkable(conn) }

// until waits for a condition, looking ever less often.
func (s *Server) until(ctx context.Context, done func() bool) error {
	const shortest, longest = 500 * time.Microsecond, 10 * time.Millisecond
	pause := shortest
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			pause = min(2*pause, longest)
			timer.Reset(pause)
		}
	}
	return nil
}
