package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
)

// buildHTTP makes the http.Servers: one that accepts, and one for the
// connections that turn out to speak HTTP/2.
func (s *Server) buildHTTP() {
	s.h1 = s.newHTTP()
	s.h2 = newH2Server(s)
	s.h1.TLSNextProto = s.nextProtocols()
}

func (s *Server) nextProtocols() map[string]func(*http.Server, *tls.Conn, http.Handler) {
	return map[string]func(*http.Server, *tls.Conn, http.Handler){protoHTTP2: s.h2.take}
}

// newHTTP makes an http.Server with the timeouts of the moment.
func (s *Server) newHTTP() *http.Server {
	timeouts := s.live.Load().Timeouts
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: timeouts.ReadHeaderTimeout,
		ReadTimeout:       timeouts.ReadTimeout,
		WriteTimeout:      timeouts.WriteTimeout,
		IdleTimeout:       timeouts.IdleTimeout,
		MaxHeaderBytes:    timeouts.MaxHeader,
		ErrorLog:          newErrorLog(s.log),
		ConnState: func(conn net.Conn, state http.ConnState) {
			s.options.ConnState(conn, state)
			s.conns.note(conn, state)
		},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
	}
}

type connKey struct{}

const (
	protoHTTP1 = "http/1.1"
	protoHTTP2 = "h2"
)

// Serve serves the connections of l until l or the Server is closed; then it
// returns nil. It may be called for any number of listeners. name is for error
// messages.
//
// With a tlsConfig the connections are TLS, with HTTP/2 for clients that know
// it. A configuration that names its protocols (NextProtos) is used as it is,
// another one is cloned.
func (s *Server) Serve(name string, l net.Listener, tlsConfig *tls.Config) error {
	if tlsConfig != nil {
		l = tls.NewListener(l, withProtocols(tlsConfig))
	}
	err := s.h1.Serve(frontListener{l, s})
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("server: listener %q: %w", name, err)
}

func withProtocols(c *tls.Config) *tls.Config {
	if slices.Contains(c.NextProtos, protoHTTP1) || slices.Contains(c.NextProtos, protoHTTP2) {
		return c
	}
	c = c.Clone()
	c.NextProtos = append(slices.Clone(c.NextProtos), protoHTTP2, protoHTTP1)
	return c
}
