package server

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// connections knows the state of each open connection. A response is on the
// wire for certain only when net/http says that its connection is idle or
// closed, which is after the handler returned.
type connections struct {
	states sync.Map // net.Conn → *atomic.Int32 (http.ConnState)
}

func (c *connections) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateClosed, http.StateHijacked:
		c.states.Delete(conn)
		return
	case http.StateNew:
		c.states.Store(conn, new(atomic.Int32))
		return
	}
	if v, ok := c.states.Load(conn); ok {
		v.(*atomic.Int32).Store(int32(state)) //nolint:forcetypeassert // nothing else is stored
	}
}

// count returns the number of connections, and of those that are not between
// two requests.
func (c *connections) count() (open, active int) {
	c.states.Range(func(_, v any) bool {
		open++
		if http.ConnState(v.(*atomic.Int32).Load()) == http.StateActive { //nolint:forcetypeassert // as above
			active++
		}
		return true
	})
	return open, active
}

// any tells whether match holds for an open connection.
func (c *connections) any(match func(net.Conn) bool) bool {
	found := false
	c.states.Range(func(conn, _ any) bool {
		found = match(conn.(net.Conn)) //nolint:forcetypeassert // nothing else is a key
		return !found
	})
	return found
}

// close closes all that are open.
func (c *connections) close() {
	c.states.Range(func(conn, _ any) bool {
		_ = conn.(net.Conn).Close() //nolint:forcetypeassert // nothing else is a key
		return true
	})
}
