package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// h2Server serves the connections that chose HTTP/2 in the TLS handshake, with
// an http.Server of their own. Its Shutdown sends them GOAWAY (RFC 9113, 6.8)
// and leaves alone the HTTP/1 connections, which may yet be parked.
type h2Server struct {
	server   *Server
	http     *http.Server
	listener *handedListener

	mu   sync.Mutex
	open map[net.Conn]chan struct{} // closed when the connection is
}

func newH2Server(s *Server) *h2Server {
	h := &h2Server{server: s, open: map[net.Conn]chan struct{}{}}
	h.http, h.listener = h.start()
	return h
}

// start makes an http.Server that serves what is handed to the listener.
func (h *h2Server) start() (*http.Server, *handedListener) {
	srv := h.server.newHTTP()
	note := srv.ConnState
	srv.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateActive, http.StateIdle:
			note(conn, state)
		case http.StateClosed:
			h.closed(conn) // and h1 notes it
		}
	}
	l := newHandedListener()
	go func() { _ = srv.Serve(l) }() // ends with the listener
	return srv, l
}

// take serves a connection until it is closed, as TLSNextProto asks.
func (h *h2Server) take(_ *http.Server, conn *tls.Conn, _ http.Handler) {
	closed := make(chan struct{})
	h.mu.Lock()
	h.open[conn] = closed
	h.mu.Unlock()
	if !h.listener.hand(conn) && !h.takeLate(conn) {
		return
	}
	<-closed
}

// takeLate serves a connection whose handshake ended after the freeze: its
// first response sends GOAWAY.
func (h *h2Server) takeLate(conn *tls.Conn) bool {
	srv, l := h.start()
	context.AfterFunc(h.server.closing, func() { _ = srv.Close() })
	return l.hand(conn)
}

func (h *h2Server) closed(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if done, ok := h.open[conn]; ok {
		delete(h.open, conn)
		close(done)
	}
}

// goAway tells all connections that no new stream is accepted. Those under way
// finish.
func (h *h2Server) goAway() {
	go func() { _ = h.http.Shutdown(h.server.closing) }()
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
