package listener

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// adoptPipe serves an adopted connection with the usual timeouts and returns
// the client's end.
func adoptPipe(p Parked) (client net.Conn, end func()) {
	set := New()
	set.SetIdleTimeout(2 * time.Minute)
	l := &Listener{set: set, name: "http"}
	l.change.L = &l.mu
	l.mode = resting // it has no socket
	l.socket = noSocket{}
	set.listeners = []*Listener{l}
	client, p.Conn = net.Pipe()
	p.Listener = "http"
	if err := set.Adopt(p); err != nil {
		panic(err)
	}
	server := &http.Server{
		Handler: echo, ConnState: set.ConnState,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	go func() { _ = server.Serve(l) }()
	return client, func() {
		_ = client.Close()
		_ = server.Close()
	}
}

type noSocket struct{ socket }

func (noSocket) SetDeadline(time.Time) error { return nil }
func (noSocket) Close() error                { return nil }
func (noSocket) Addr() net.Addr              { return new(net.UnixAddr) }

// closedAfter returns how long the server keeps a silent connection.
func closedAfter(t *testing.T, client net.Conn) time.Duration {
	t.Helper()
	began := time.Now()
	said, err := io.ReadAll(client)
	if half := strings.HasPrefix(string(said), "HTTP/1.1 400 "); err != nil || len(said) > 0 && !half {
		t.Errorf("the server says %q, error %v", said, err)
	}
	return time.Since(began)
}

// TestAdoptedIdleConnectionIsKeptForTheIdleTimeout and not for the time that a
// new connection has to send a header.
func TestAdoptedIdleConnectionIsKeptForTheIdleTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		parked Parked
		want   time.Duration
	}{
		"idle":                 {Parked{Used: true}, 2 * time.Minute},
		"idle after CRLF":      {Parked{Used: true, Head: []byte("\r\n")}, 2 * time.Minute},
		"new":                  {Parked{}, 10 * time.Second},
		"with half a header":   {Parked{Used: true, Head: []byte("GET /")}, 10 * time.Second},
		"new, half the header": {Parked{Head: []byte("GET /")}, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, end := adoptPipe(c.parked)
				defer end()
				if got := closedAfter(t, client); got != c.want {
					t.Errorf("closed after %v, want %v", got, c.want)
				}
			})
		})
	}
}

// TestFirstRequestAfterAdoptionHasItsFullTime: net/http counts the time for
// reading a request from when it took on the connection, which was idle then.
func TestFirstRequestAfterAdoptionHasItsFullTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, end := adoptPipe(Parked{Used: true})
		defer end()
		answers := bufio.NewReader(client)
		for range 2 { // the second request is net/http's own affair
			time.Sleep(90 * time.Second)
			for _, part := range []string{"POST / HTTP/1.1\r\nHost: gind\r\n", "Content-Length: 5\r\n\r\n", "he", "llo"} {
				if _, err := io.WriteString(client, part); err != nil {
					t.Fatalf("%q: %v", part, err)
				}
				time.Sleep(9 * time.Second)
			}
			if answer, last := readResponse(t, answers); answer != "POST 5" || last {
				t.Fatalf("answer %q, last %v", answer, last)
			}
		}
		if got := closedAfter(t, client); got != 2*time.Minute {
			t.Errorf("idle for %v more", got)
		}
	})
}

// TestSlowHeaderAfterAdoptionIsCutOff: adoption is no way around the header timeout.
func TestSlowHeaderAfterAdoptionIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, end := adoptPipe(Parked{Used: true})
		defer end()
		time.Sleep(time.Minute)
		if _, err := io.WriteString(client, "GET / HT"); err != nil {
			t.Fatal(err)
		}
		if got := closedAfter(t, client); got != 10*time.Second {
			t.Errorf("closed after %v", got)
		}
	})
}
