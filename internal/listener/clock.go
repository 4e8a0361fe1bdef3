package listener

import "time"

// clock holds the read deadline that the server wants, and corrects it for the
// first request on an adopted connection.
//
// To net/http an adopted connection is new: it starts the header timeout and
// the timeout of the whole request when it takes the connection on. But the
// client has used the connection before and may now be idle for as long as the
// idle timeout allows. So the time until the first byte is idle time, and
// net/http's deadlines are moved on by as much.
//
// The zero clock corrects nothing.
type clock struct {
	wanted  time.Time // zero means none
	waiting bool      // for the first byte on an adopted connection
	first   bool      // the first request on it is being read
	idle    time.Duration
	began   time.Time     // when the server took the connection on
	shift   time.Duration // how long the first byte took
}

// idleClock starts with an idle connection, which may be so for d; zero means
// for ever.
func idleClock(d time.Duration) clock { return clock{waiting: true, first: true, idle: d} }

// set notes a deadline of the server's and returns the one to apply.
func (c *clock) set(t time.Time) time.Time {
	c.start()
	c.wanted = t
	if c.first && !c.waiting && !t.IsZero() {
		c.wanted = t.Add(c.shift)
	}
	return c.deadline()
}

// deadline is the one that applies now.
func (c *clock) deadline() time.Time {
	switch {
	case !c.waiting:
		return c.wanted
	case c.idle <= 0:
		return time.Time{}
	default:
		return c.began.Add(c.idle)
	}
}

// firstByte ends the wait.
func (c *clock) firstByte() {
	if !c.waiting {
		return
	}
	c.start()
	c.waiting = false
	c.shift = time.Since(c.began)
	if !c.wanted.IsZero() {
		c.wanted = c.wanted.Add(c.shift)
	}
}

// served ends the correction: the first request is with its handler.
func (c *clock) served() { c.first = false }

// start notes that the server has taken the connection on.
func (c *clock) start() {
	if c.waiting && c.began.IsZero() {
		c.began = time.Now()
	}
}
