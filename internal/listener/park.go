package listener

import (
	"net"
	"net/http"
	"time"
)

// Parked is a connection between two requests that has left its http.Server.
type Parked struct {
	// Conn is the bare connection, without deadlines. Whoever has it closes it.
	Conn net.Conn
	// Listener is the name of the listener that it came by.
	Listener string
	// Accepted is when, in whichever process.
	Accepted time.Time
	// Used says that a request has been served on it.
	Used bool
	// Tuned says that its socket options may differ from those of a new connection.
	Tuned bool
	// Head is what was read of a request that has not begun: the next server
	// must read it first. At most 4 KiB, usually nothing.
	Head []byte
}

// A Keeper takes the connections that are parked. Its methods are called
// concurrently, must not block, and must not call methods of the [Set] or of
// its connections.
type Keeper interface {
	// Reserve makes room for one connection, or reports that there is none.
	Reserve() bool
	// Release gives back the room of a connection that ended otherwise.
	Release()
	// Keep takes over a connection for which there is room.
	Keep(Parked)
}

// ConnState is to be called by the ConnState hook of every http.Server that
// serves a listener of the set. Connections of others are ignored.
func (s *Set) ConnState(nc net.Conn, state http.ConnState) {
	c := tracked(nc)
	if c == nil || c.listener.tls {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parked.Load() {
		return // it counts as active if half a header had been read
	}
	c.boundary.state(state)
	switch state {
	case http.StateActive:
		c.clock.served()
	case http.StateHijacked:
		c.settle()
		c.unreserve()
	}
}

// LastCall says before [Set.Freeze] whether it will have a [Keeper]. From now on
// CanPark knows which connections cannot be parked.
func (s *Set) LastCall(keeps bool) { s.called.Store(&keeps) }

// CanPark reports whether a response on nc may leave the connection open while
// the set is frozen, because the connection will be parked after it. If not,
// the response should say "Connection: close". Before [Set.Freeze] and
// [Set.LastCall] it is true.
func (s *Set) CanPark(nc net.Conn) bool {
	frozen, called := s.frozen(), s.called.Load()
	if !frozen && called == nil {
		return true
	}
	c := tracked(nc)
	if c == nil || c.listener.unparked() {
		return false
	}
	if !frozen {
		return *called
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.boundary.followed() && c.reserve()
}

// tracked finds the Conn in what net/http has.
func tracked(nc net.Conn) *Conn {
	for {
		switch c := nc.(type) {
		case *Conn:
			return c
		case interface{ NetConn() net.Conn }: // *tls.Conn
			nc = c.NetConn()
		default:
			return nil
		}
	}
}

// park makes the connection leave the server. c.mu is held.
func (c *Conn) park() error {
	c.parked.Store(true)
	return errParked
}

// wake interrupts a Read that waits for a request, to park the connection. The
// deadline is set under the lock, for it must not outlive a Read that got a
// request at the same moment (see endRead).
func (c *Conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.blocked || c.closed || !c.reserve() {
		return
	}
	c.woken, c.applied = true, longAgo
	_ = c.raw.SetReadDeadline(longAgo)
}

// reserve makes room for the connection at the Keeper's. Where there is none a
// freeze does not wait for it. c.mu is held.
func (c *Conn) reserve() bool {
	if c.reserved {
		return true
	}
	keeper := c.listener.set.keeper()
	c.reserved = keeper != nil && !c.listener.unparked() && keeper.Reserve()
	if !c.reserved && !c.settled {
		c.listener.set.refused.Add(1)
		c.settle()
	}
	return c.reserved
}

// unreserve gives the room back. c.mu is held.
func (c *Conn) unreserve() {
	if c.reserved {
		c.reserved = false
		c.listener.set.keeper().Release()
	}
}

// settle makes a freeze no longer wait for the connection. c.mu is held.
func (c *Conn) settle() {
	if !c.settled {
		c.settled = true
		c.listener.set.settle()
	}
}

// leave is what goes to the Keeper.
func (c *Conn) leave() Parked {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.raw.SetDeadline(time.Time{}) // a connection that is broken shows when it is used
	return Parked{
		Conn:     c.raw,
		Listener: c.listener.name,
		Accepted: c.accepted,
		Used:     c.boundary.used,
		Tuned:    c.tuned.Load(),
		Head:     append(c.boundary.head, c.replay...),
	}
}
