package server

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type lazyL struct {
	net.Listener
	mu    sync.Mutex
	conns map[*lazyC]struct{}
}

func (l *lazyL) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	lc := &lazyC{TCPConn: c.(*net.TCPConn)}
	l.mu.Lock()
	if l.conns == nil {
		l.conns = map[*lazyC]struct{}{}
		go l.sweep()
	}
	l.conns[lc] = struct{}{}
	l.mu.Unlock()
	return lc, nil
}

func (l *lazyL) sweep() {
	for range time.Tick(100 * time.Millisecond) {
		now := time.Now().UnixNano()
		l.mu.Lock()
		for c := range l.conns {
			if r := c.r.Load(); r != 0 && r < now {
				c.TCPConn.SetReadDeadline(time.Unix(1, 0))
			}
		}
		l.mu.Unlock()
	}
}

type lazyC struct {
	*net.TCPConn
	r, w atomic.Int64
	past atomic.Bool
}

var _ = os.ErrDeadlineExceeded

func (c *lazyC) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && t.Unix() < 100000 {
		c.past.Store(true)
		return c.TCPConn.SetReadDeadline(t)
	}
	if c.past.Load() {
		c.past.Store(false)
		c.TCPConn.SetReadDeadline(time.Time{})
	}
	if t.IsZero() {
		c.r.Store(0)
	} else {
		c.r.Store(t.UnixNano())
	}
	return nil
}
func (c *lazyC) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.w.Store(0)
	} else {
		c.w.Store(t.UnixNano())
	}
	return nil
}
func (c *lazyC) ReadFrom(r io.Reader) (int64, error) { return c.TCPConn.ReadFrom(r) }
