package listener

import "time"

// net/http sets four read deadlines a request, and a poller's timer costs as much as
// a short system call. Most of them make no difference: one does where a Read begins
// or is under way.

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if c.listener.tls {
		return c.raw.SetReadDeadline(t)
	}
	c.mu.Lock()
	c.boundary.deadline()
	t = c.clock.set(t)
	if c.reading == 0 && !c.tuned.Load() {
		c.mu.Unlock()
		return nil // the next Read applies it
	}
	c.applied = t
	c.mu.Unlock()
	// Not under the lock: the Read that this may end needs it next.
	return c.raw.SetReadDeadline(t)
}

// applyReadDeadline applies the deadline that a Read is to have. c.mu is held.
func (c *Conn) applyReadDeadline() {
	if t := c.clock.deadline(); t != c.applied {
		c.applied = t
		_ = c.raw.SetReadDeadline(t) // a connection that is closed says so to the Read
	}
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.raw.SetWriteDeadline(t) }
