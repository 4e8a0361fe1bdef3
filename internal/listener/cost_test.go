package listener

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
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
