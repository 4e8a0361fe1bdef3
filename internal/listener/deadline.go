package listener

import (
	"sync"
	"time"
)

// net/http sets six deadlines a request, and a poller's timer costs as much as a
// short system call. Most of them make no difference: that of a Read does where
// one begins or is under way, and that of a Write, which moves on by as much as
// the last request took, where it has moved on for a while.

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

// SetWriteDeadline implements net.Conn. A Write may last a sixty-fourth longer
// than it says.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if t, changed := c.late.set(t); changed {
		return c.raw.SetWriteDeadline(t)
	}
	return nil
}

// late is a deadline that is applied a little late, so that those that soon
// follow it need not be applied.
type late struct {
	mu      sync.Mutex
	applied time.Time
	slack   time.Duration // how much later than asked for
}

// set returns what is to be applied, or false if what is applied serves.
func (l *late) set(t time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if early := l.applied.Sub(t); l.slack > 0 && 0 <= early && early <= l.slack {
		return time.Time{}, false
	}
	l.slack = 0
	if !t.IsZero() {
		l.slack = max(0, time.Until(t)/64)
	}
	l.applied = t.Add(l.slack)
	return l.applied, true
}
