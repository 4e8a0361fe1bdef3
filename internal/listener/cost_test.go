package listener

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// BenchmarkKeepAlive is what tracking costs: requests on a kept connection by a
// bare listener of package net, and by one of a Set.
func BenchmarkKeepAlive(b *testing.B) {
	b.Run("net", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, l, new(http.Server))
	})
	b.Run("tracked", func(b *testing.B) {
		set, err := Open([]Spec{{Name: "http", Address: "127.0.0.1:0"}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		benchmark(b, set.Listeners()[0], &http.Server{ConnState: set.ConnState})
	})
}

func benchmark(b *testing.B, l net.Listener, server *http.Server) {
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	})
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	request, answers := []byte(get()), bufio.NewReader(c)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		for line := ""; line != "hello"; {
			if line, err = answers.ReadString('\n'); err != nil && line == "" {
				b.Fatal(err)
			}
			if line == "\r\n" {
				hello := make([]byte, 5)
				_, _ = io.ReadFull(answers, hello)
				line = string(hello)
			}
		}
	}
}

// nullConn has a request for every Read that fills a buffer.
type nullConn struct{ net.Conn }

var nullRequest = []byte(get())

func (nullConn) Read(p []byte) (int, error) {
	if len(p) == 1 {
		return 0, errParked // a background read that is broken off
	}
	return copy(p, nullRequest), nil
}

func (nullConn) Write(p []byte) (int, error)     { return len(p), nil }
func (nullConn) SetReadDeadline(time.Time) error { return nil }

// BenchmarkCalls makes the calls that net/http makes for one request, without
// the kernel: what is left is the cost of tracking.
func BenchmarkCalls(b *testing.B) {
	set := New()
	c := set.track(&Conn{raw: nullConn{}, listener: &Listener{set: set}})
	buffer, deadline := make([]byte, 4096), time.Now().Add(time.Hour)
	for b.Loop() {
		_, _ = c.Read(buffer)
		_ = c.SetReadDeadline(deadline) // of the header
		_ = c.SetReadDeadline(deadline) // of the request
		set.ConnState(c, http.StateActive)
		_ = c.SetReadDeadline(time.Time{})
		_, _ = c.Read(buffer[:1])
		_, _ = c.Write(buffer[:100])
		_ = c.SetReadDeadline(longAgo) // ends the background read
		_ = c.SetReadDeadline(time.Time{})
		set.ConnState(c, http.StateIdle)
		_ = c.SetReadDeadline(deadline) // of the idle connection
	}
}
