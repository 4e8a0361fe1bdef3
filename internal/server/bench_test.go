package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// BenchmarkServed compares the chain with a bare gin.New(), each behind
// net/http on a connection that costs nothing: a client that always has the
// next request ready and throws the answer away. System calls, which are most
// of a real request's time, are not in it, so that its ratios are worse than
// those of requests per second over a socket.
func BenchmarkServed(b *testing.B) {
	hello := func(c *gin.Context) { c.String(http.StatusOK, "hello") }
	limits := Limits{HandlerTimeout: 30 * time.Second, MaxBody: 10 << 20}
	logged := limits
	logged.AccessLog = true

	b.Run("bare", func(b *testing.B) {
		gin.SetMode(gin.ReleaseMode)
		e := gin.New()
		e.GET("/users/:id", hello)
		serveAll(b, &http.Server{Handler: e})
	})
	for name, o := range map[string]Options{
		"chain":          {Live: limits},
		"chain+log":      {Live: logged, Logger: slog.New(nothing{})},
		"chain+log-json": {Live: logged, Logger: slog.New(slog.DiscardHandler)},
	} {
		b.Run(name, func(b *testing.B) {
			s, err := New(o)
			if err != nil {
				b.Fatal(err)
			}
			s.Engine().GET("/users/:id", hello)
			serveAll(b, s.h1)
		})
	}
}

func serveAll(b *testing.B, s *http.Server) {
	b.ReportAllocs()
	conn := newEndlessConn(b.N)
	l := newHandedListener()
	go func() { _ = s.Serve(l) }()
	b.ResetTimer()
	l.hand(conn)
	<-conn.done
	b.StopTimer()
	_ = s.Close()
}

// nothing is a slog.Handler that takes records and does nothing with them.
type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool                              { return true }
func (nothing) Handle(context.Context, slog.Record) error                             { return nil }
func (nothing) HandleAttrs(time.Time, slog.Level, string, uintptr, []slog.Attr) error { return nil }

func (n nothing) WithAttrs([]slog.Attr) slog.Handler { return n }
func (n nothing) WithGroup(string) slog.Handler      { return n }

// endlessConn is a client's end of a connection, played.
type endlessConn struct {
	mu      sync.Mutex
	cond    *sync.Cond
	left    int
	expired bool
	done    chan struct{}
	once    sync.Once
}

var request = []byte("GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n")

func newEndlessConn(n int) *endlessConn {
	c := &endlessConn{left: n, done: make(chan struct{})}
	c.cond = sync.NewCond(&c.mu)
	return c
}

func (c *endlessConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(p) == 1 { // net/http waits for the client to leave
		for !c.expired {
			c.cond.Wait()
		}
	}
	if c.expired {
		return 0, os.ErrDeadlineExceeded
	}
	if c.left == 0 {
		return 0, io.EOF
	}
	c.left--
	return copy(p, request), nil
}

func (c *endlessConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.expired = !t.IsZero() && t.Unix() < 1e6
	c.mu.Unlock()
	c.cond.Broadcast()
	return nil
}

func (c *endlessConn) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

func (c *endlessConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *endlessConn) SetWriteDeadline(time.Time) error { return nil }
func (c *endlessConn) SetDeadline(time.Time) error      { return nil }
func (c *endlessConn) LocalAddr() net.Addr              { return handedAddr{} }
func (c *endlessConn) RemoteAddr() net.Addr             { return handedAddr{} }
