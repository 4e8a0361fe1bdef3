package server

import (
	"net"
	"net/http"
)

// generation is an http.Server for the connections that begin after a change of
// the Timeouts: net/http reads its own fields at any time and without a lock, so
// that an http.Server in use can't be changed. Connections of former generations
// are served on as they began.
type generation struct {
	http     *http.Server
	listener *handedListener
}

func (s *Server) newGeneration() *generation {
	g := &generation{http: s.newHTTP(), listener: newHandedListener()}
	g.http.TLSNextProto = s.nextProtocols()
	go func() { _ = g.http.Serve(g.listener) }() // ends with the listener
	return g
}

// renew has connections served with the timeouts of the moment from now on.
func (s *Server) renew() {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.lastCall.Load() != nil || s.closing.Err() != nil {
		return
	}
	s.h2.renew()
	if former := s.later.Swap(s.newGeneration()); former != nil {
		_ = former.listener.Close()
	}
}

// frontListener accepts for the first http.Server, and hands on what it accepts
// once there is a later one.
type frontListener struct {
	net.Listener
	server *Server
}

// Accept implements net.Listener.
func (f frontListener) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil || !f.server.handOn(conn) {
			return conn, err
		}
	}
}

// handOn gives a connection to the http.Server of the moment. It returns false
// if that is the first one, or the Server is closed.
func (s *Server) handOn(conn net.Conn) bool {
	for {
		g := s.later.Load()
		switch {
		case g == nil:
			return false
		case g.listener.hand(conn):
			return true
		case s.later.Load() == g:
			return false // it is closed, and not because there is another
		}
	}
}
