package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// slowly answers, and says whether the client could still be told.
func slowly(pause time.Duration) func(*gin.Engine) {
	return func(e *gin.Engine) {
		e.GET("/slow", func(c *gin.Context) {
			time.Sleep(pause)
			c.String(http.StatusOK, "slow")
		})
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
		e.POST("/", func(c *gin.Context) {
			if _, err := io.ReadAll(c.Request.Body); err != nil {
				c.String(http.StatusRequestTimeout, "%v", err)
				return
			}
			c.String(http.StatusOK, "ok")
		})
	}
}

func TestWriteTimeoutChangesForTheNextRequest(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := startTLS(t, Options{}, slowly(300*time.Millisecond))
		client := newTLSClient(http2)
		client.get(t, s.url+"/slow")

		s.change(t, func(l *Limits) { l.WriteTimeout = 50 * time.Millisecond })
		if resp, err := client.Get(s.url + "/slow"); err == nil {
			t.Errorf("HTTP/2 %v: %v, want none: the response is too late", http2, resp.Status)
		}
		s.change(t, func(l *Limits) { l.WriteTimeout = time.Minute })
		client.get(t, s.url+"/slow")
	}
}

func TestWriteTimeoutGrowsOnAConnectionThatIsOpen(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		s := startTLS(t, Options{Live: Limits{Timeouts: Timeouts{WriteTimeout: 100 * time.Millisecond}}}, slowly(300*time.Millisecond))
		client := newTLSClient(http2)
		client.get(t, s.url+"/")
		s.change(t, func(l *Limits) { l.WriteTimeout = time.Minute })
		client.get(t, s.url+"/slow")
		if n := client.dials.Load(); n != 1 {
			t.Errorf("HTTP/2 %v: %d connections, want the one that was open", http2, n)
		}
	}
}

func TestReadTimeoutChangesForTheNextRequest(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, slowly(0))
	k := dial(t, s.addr)
	k.send("/")
	k.receive(t)
	s.change(t, func(l *Limits) { l.ReadTimeout = 100 * time.Millisecond })
	fmt.Fprint(k.Conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhal") // and never the rest
	if resp, _ := k.receive(t); resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("POST that stops half-way: got %d, want 408", resp.StatusCode)
	}
}

// TestConnectionTimeoutsChangeForTheNextConnection, and the one that is open
// goes on as it began.
func TestConnectionTimeoutsChangeForTheNextConnection(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, slowly(0))
	kept := dial(t, s.addr)
	kept.send("/")
	kept.receive(t)

	s.change(t, func(l *Limits) {
		l.IdleTimeout, l.ReadHeaderTimeout, l.MaxHeader = 200*time.Millisecond, 200*time.Millisecond, 8<<10
	})
	for what, text := range map[string]string{
		"idle":        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"slow header": "GET / HTTP/1.1\r\nHost: x\r\n",
	} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(conn, text)
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%s: the connection is not ended: %v", what, err)
		}
	}
	large := raw(t, s.addr, "GET / HTTP/1.1\r\nHost: x\r\nX-Large: "+strings.Repeat("a", 20<<10)+"\r\n\r\n")
	if statusOf(large) != "431" {
		t.Errorf("a header of 20 KB: got %.100q, want 431", large)
	}
	kept.send("/")
	if _, body := kept.receive(t); body != "ok" {
		t.Errorf("the open connection: got %q, want \"ok\"", body)
	}
}

// TestManyChangesOfTimeoutsLeaveNothingBehind: no request fails, and neither
// goroutines nor connections are left.
func TestManyChangesOfTimeoutsLeaveNothingBehind(t *testing.T) {
	s := startTLS(t, Options{}, slowly(0))
	before := runtime.NumGoroutine()
	kept := newTLSClient(true)
	kept.get(t, s.url)
	for i := range 200 {
		s.change(t, func(l *Limits) { l.IdleTimeout = time.Minute + time.Duration(i)*time.Second })
		for _, http2 := range []bool{true, false} {
			client := newTLSClient(http2)
			client.get(t, s.url)
			client.CloseIdleConnections()
		}
		kept.get(t, s.url)
	}
	if n := kept.dials.Load(); n != 1 {
		t.Errorf("the connection from before was not kept: %d connections", n)
	}
	kept.CloseIdleConnections()
	eventually(t, "all connections are closed", func() bool { return s.Stats().Connections == 0 })
	eventually(t, "no goroutines are left", func() bool { return runtime.NumGoroutine() <= before+5 })
}

// TestCloseReachesConnectionsOfFormerTimeouts as well as those of the present.
func TestCloseReachesConnectionsOfFormerTimeouts(t *testing.T) {
	s := start(t, Options{}, slowly(0))
	var all []*keepAlive
	for i := range 3 {
		k := dial(t, s.addr)
		k.send("/")
		k.receive(t)
		all = append(all, k)
		s.change(t, func(l *Limits) { l.IdleTimeout = time.Minute + time.Duration(i)*time.Second })
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for i, k := range all {
		if _, err := k.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is open: %v", i, err)
		}
	}
}

// TestFreezeReachesConnectionsOfFormerTimeouts: each HTTP/2 connection gets its
// GOAWAY, whichever http.Server it is with, and each HTTP/1 one is told to close.
func TestFreezeReachesConnectionsOfFormerTimeouts(t *testing.T) {
	t.Parallel()
	s := startTLS(t, Options{}, slowly(0))
	var clients []*tlsClient
	for i := range 3 {
		for _, http2 := range []bool{true, false} {
			client := newTLSClient(http2)
			client.get(t, s.url)
			clients = append(clients, client)
		}
		s.change(t, func(l *Limits) { l.IdleTimeout = time.Minute + time.Duration(i)*time.Second })
	}
	s.LastCall()
	eventually(t, "the HTTP/2 connections are gone", func() bool { return s.Stats().Connections == 3 })
	for i, client := range clients {
		if resp, body := client.get(t, s.url); body != "ok" || resp.ProtoMajor == 1 && !resp.Close {
			t.Errorf("client %d: got %s by HTTP/%d, want \"ok\", and HTTP/1 told to close", i, answerOf(resp, body), resp.ProtoMajor)
		}
	}
	if err := s.Wait(within(t, 5*time.Second)); err != nil {
		t.Errorf("Wait: %v", err)
	}
}
