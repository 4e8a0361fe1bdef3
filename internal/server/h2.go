package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
)

// h2Server serves the connections that chose HTTP/2 in the TLS handshake, with
// an http.Server of their own. Its Shutdown sends them GOAWAY (RFC 9113, 6.8)
// and leaves alone the HTTP/1 connections, which may yet be parked.
type h2Server struct {
	server *Server

	mu      sync.Mutex
	current *generation
	former  []*http.Server       // that have connections
	open    map[net.Conn]h2Taken // all connections
}

// h2Taken is a connection that is served.
type h2Taken struct {
	by     *http.Server
	closed chan struct{}
}

func newH2Server(s *Server) *h2Server {
	h := &h2Server{server: s, open: map[net.Conn]h2Taken{}}
	h.current = h.start()
	return h
}

// start makes an http.Server that serves what is handed to the listener.
func (h *h2Server) start() *generation {
	g := &generation{http: h.server.newHTTP(), listener: newHandedListener()}
	note := g.http.ConnState
	g.http.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateActive, http.StateIdle:
			note(conn, state)
		case http.StateClosed:
			h.closed(conn) // and h1 notes it
		}
	}
	go func() { _ = g.http.Serve(g.listener) }() // ends with the listener
	return g
}

// renew has connections served with the timeouts of the moment from now on.
func (h *h2Server) renew() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.former = slices.DeleteFunc(append(h.former, h.current.http), func(s *http.Server) bool { return !h.serves(s) })
	_ = h.current.listener.Close()
	h.current = h.start()
}

// serves reports whether an http.Server has connections. h.mu is held.
func (h *h2Server) serves(s *http.Server) bool {
	for _, taken := range h.open {
		if taken.by == s {
			return true
		}
	}
	return false
}

// take serves a connection until it is closed, as TLSNextProto asks.
func (h *h2Server) take(_ *http.Server, conn *tls.Conn, _ http.Handler) {
	closed := make(chan struct{})
	for {
		g := h.note(conn, closed)
		if g.listener.hand(conn) {
			break
		}
		if h.isCurrent(g) {
			if !h.takeLate(conn) {
				return
			}
			break
		}
	}
	<-closed
}

// note that the http.Server of the moment is to serve a connection.
func (h *h2Server) note(conn net.Conn, closed chan struct{}) *generation {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[conn] = h2Taken{h.current.http, closed}
	return h.current
}

func (h *h2Server) isCurrent(g *generation) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current == g
}

// takeLate serves a connection whose handshake ended after the freeze: its
// first response sends GOAWAY.
func (h *h2Server) takeLate(conn *tls.Conn) bool {
	g := h.start()
	context.AfterFunc(h.server.closing, func() { _ = g.http.Close() })
	return g.listener.hand(conn)
}

func (h *h2Server) closed(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if taken, ok := h.open[conn]; ok {
		delete(h.open, conn)
		close(taken.closed)
	}
}

// all http.Servers that may have connections.
func (h *h2Server) all() []*http.Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(slices.Clone(h.former), h.current.http)
}

// goAway tells all connections that no new stream is accepted. Those under way
// finish.
func (h *h2Server) goAway() {
	for _, s := range h.all() {
		go func() { _ = s.Shutdown(h.server.closing) }()
	}
}

// close closes all connections.
func (h *h2Server) close() {
	for _, s := range h.all() {
		_ = s.Close()
	}
}

// handedListener is a net.Listener for connections that somebody else accepted.
type handedListener struct {
	conns  chan net.Conn
	done   chan struct{}
	closed sync.Once
}

func newHandedListener() *handedListener {
	return &handedListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// hand reports whether conn will be served.
func (l *handedListener) hand(conn net.Conn) bool {
	select {
	case l.conns <- conn:
		return true
	case <-l.done:
		return false
	}
}

// Accept implements net.Listener.
func (l *handedListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *handedListener) Close() error {
	l.closed.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *handedListener) Addr() net.Addr { return handedAddr{} }

type handedAddr struct{}

// Network implements net.Addr.
func (handedAddr) Network() string { return "tls" }

// String implements net.Addr.
func (handedAddr) String() string { return protoHTTP2 }
