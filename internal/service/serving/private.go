package serving

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/gind/gind/internal/listener"
)

// AskInPrivate is Ask before anything is accepted: each listener's requests are made
// over a connection within the process, which nobody else can have, and served as
// those that are accepted will be.
func (s *Serving) AskInPrivate(ctx context.Context) (worst Answer, err error) {
	for _, l := range s.Requests() {
		answer, err := s.askInPrivate(ctx, l)
		if err != nil {
			return Answer{}, fmt.Errorf("listener %s: %w", l.Name(), err)
		}
		worst = worst.orWorse(answer)
	}
	return worst, nil
}

func (s *Serving) askInPrivate(ctx context.Context, l *listener.Listener) (Answer, error) {
	private := &privateListener{addr: l.Addr(), conns: make(chan net.Conn), closed: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- s.Server.Serve(l.Name(), private, s.TLS(l.Name())) }()
	answer, err := s.ask(ctx, l, private.dial)
	_ = private.Close()
	if failed := <-served; failed != nil {
		return Answer{}, failed
	}
	return answer, err
}

// privateListener accepts what is dialed by its own method.
type privateListener struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

var _ net.Listener = (*privateListener)(nil)

func (p *privateListener) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- privateConn{there, p.addr}:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *privateListener) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *privateListener) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *privateListener) Addr() net.Addr { return p.addr }

// privateConn has the addresses of a connection from this machine, which middleware
// may want to read.
type privateConn struct {
	net.Conn
	addr net.Addr
}

// LocalAddr implements net.Conn.
func (c privateConn) LocalAddr() net.Addr { return c.addr }

// RemoteAddr implements net.Conn.
func (c privateConn) RemoteAddr() net.Addr {
	if tcp, ok := c.addr.(*net.TCPAddr); ok {
		return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}
	}
	return c.addr
}
