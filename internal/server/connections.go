package server

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connections knows the state of each open connection. A response is on the
// wire for certain only when net/http says that its connection is idle or
// closed, which is after the handler returned.
type connections struct {
	open sync.Map // net.Conn → *connection
}

type connection struct {
	state atomic.Int32 // http.ConnState
	since time.Time
}

func (c *connections) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateClosed, http.StateHijacked:
		c.open.Delete(conn)
		return
	case http.StateNew:
		c.open.Store(conn, &connection{since: time.Now()})
		return
	}
	if v, ok := c.open.Load(conn); ok {
		v.(*connection).state.Store(int32(state)) //nolint:forcetypeassert // nothing else is stored
	}
}

// count returns the number of connections, and of those that are not between
// two requests.
func (c *connections) count() (open, active int) {
	c.open.Range(func(_, v any) bool {
		open++
		if http.ConnState(v.(*connection).state.Load()) == http.StateActive { //nolint:forcetypeassert // as above
			active++
		}
		return true
	})
	return open, active
}

// any tells whether match holds for an open connection, and when it was opened.
func (c *connections) any(match func(conn net.Conn, since time.Time) bool) bool {
	found := false
	c.open.Range(func(conn, v any) bool {
		found = match(conn.(net.Conn), v.(*connection).since) //nolint:forcetypeassert // nothing else is stored
		return !found
	})
	return found
}

// close closes all that are open.
func (c *connections) close() {
	c.open.Range(func(conn, _ any) bool {
		_ = conn.(net.Conn).Close() //nolint:forcetypeassert // nothing else is a key
		return true
	})
}
