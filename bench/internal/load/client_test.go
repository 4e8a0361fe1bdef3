package load

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// use runs a client against a handler, 500 requests a second on two connections.
func use(t *testing.T, address string, duration time.Duration) Result {
	t.Helper()
	client := Client{Dial: new(net.Dialer).DialContext, Address: address, Path: "/", Connections: 2, Rate: 500}
	session, err := client.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	return session.Run(ctx)
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestClientKeepsItsConnectionsAndItsRate(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	got := use(t, strings.TrimPrefix(server.URL, "http://"), 400*time.Millisecond)
	if got.Failed != 0 || got.Closed != 0 || opened.Load() != 2 {
		t.Errorf("failed %d (%v), closed %d, opened %d", got.Failed, got.Failure, got.Closed, opened.Load())
	}
	// 200 are due; fewer than half of them is not a busy host any more.
	if n := len(got.Latencies); n < 100 || n > 202 {
		t.Errorf("%d requests", n)
	}
}

func TestClientCountsAnnouncedCloses(t *testing.T) {
	var n atomic.Int64
	got := use(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%5 == 0 {
			w.Header().Set("Connection", "close")
		}
	}), 300*time.Millisecond)
	if want := int(n.Load()) / 5; got.Closed != want || got.Failed != 0 {
		t.Errorf("closed %d, want %d; failed %d (%v)", got.Closed, want, got.Failed, got.Failure)
	}
}

func TestClientCountsIdleClosesAndRequestsWithoutAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var closed atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerSome(conn, &closed)
		}
	}()
	got := use(t, listener.Addr().String(), 300*time.Millisecond)
	if got.Failed == 0 || got.Failed > got.Closed {
		t.Errorf("failed %d, closed %d: want some of both, and every failure to be a close", got.Failed, got.Closed)
	}
	if missed := int(closed.Load()) - got.Closed; missed < 0 || missed > 2 {
		t.Errorf("closed %d of %d", got.Closed, closed.Load())
	}
}

// answerSome answers two requests, then closes a connection: every other one
// after it has read a third request.
func answerSome(conn net.Conn, closed *atomic.Int64) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for range 2 {
		if _, err := http.ReadRequest(reader); err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
	if closed.Add(1)%2 == 0 {
		_, _ = http.ReadRequest(reader)
	}
}

func TestClientCountsOtherAnswersAsFailures(t *testing.T) {
	var n atomic.Int64
	got := use(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%5 == 0 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}), 300*time.Millisecond)
	if want := int(n.Load()) / 5; got.Failed != want || got.Closed != 0 {
		t.Errorf("failed %d, want %d; closed %d", got.Failed, want, got.Closed)
	}
}

func TestLatencyCountsFromWhenTheRequestWasDue(t *testing.T) {
	var n atomic.Int64
	got := use(t, serve(t, func(http.ResponseWriter, *http.Request) {
		if n.Add(1) == 20 {
			time.Sleep(200 * time.Millisecond)
		}
	}), 500*time.Millisecond)
	late := 0
	for _, latency := range got.Latencies {
		if latency > 100*time.Millisecond {
			late++
		}
	}
	// 250 a second on the connection that waits: 25 are due in the first half of the pause.
	if late < 15 {
		t.Errorf("%d requests were late; the pause struck more", late)
	}
}
