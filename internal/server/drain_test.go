package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// gate is a handler that waits to be let through.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) handler(c *gin.Context) {
	g.arrived <- struct{}{}
	<-g.open
	c.String(http.StatusOK, "done")
}

// keepAlive is a client with one HTTP/1.1 connection.
type keepAlive struct {
	net.Conn
	*bufio.Reader
}

func dial(t *testing.T, addr string) *keepAlive {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &keepAlive{conn, bufio.NewReader(conn)}
}

func (k *keepAlive) send(path string) {
	fmt.Fprintf(k.Conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
}

func (k *keepAlive) receive(t *testing.T) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(k.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// closed tells whether the server closed the connection, having sent nothing more.
func (k *keepAlive) closed() bool {
	_, err := k.ReadByte()
	return errors.Is(err, io.EOF)
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestLameDuckServesEverythingUntilOldRequestsAreDone(t *testing.T) {
	old, later := newGate(), newGate()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/old", old.handler)
		e.GET("/later", later.handler)
		e.GET("/quick", func(c *gin.Context) { c.String(http.StatusOK, "quick") })
	})
	client := dial(t, s.addr)
	client.send("/old")
	<-old.arrived

	done := make(chan error, 1)
	go func() { done <- s.LameDuck(within(t, 10*time.Second), 0) }()
	<-s.Draining().Done()
	if resp, _ := s.get(t, "/readyz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET /readyz: got %d, want 503", resp.StatusCode)
	}
	other := dial(t, s.addr)
	for range 3 {
		other.send("/quick")
		if resp, body := other.receive(t); body != "quick" || resp.Close {
			t.Errorf("GET /quick while it drains: got %s, want \"quick\" and the connection kept", answerOf(resp, body))
		}
	}
	other.send("/later")
	<-later.arrived
	select {
	case err := <-done:
		t.Fatalf("LameDuck returned %v with a request in flight", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(old.open)
	if resp, body := client.receive(t); body != "done" || resp.Close {
		t.Errorf("GET /old, under way when it began to drain: got %s, want \"done\" and the connection kept", answerOf(resp, body))
	}
	if err := <-done; err != nil {
		t.Errorf("LameDuck: %v", err)
	}
	close(later.open)
	other.receive(t)
}

func TestLameDuckLastsForItsDelayAndNoLongerThanItsContext(t *testing.T) {
	s := start(t, Options{}, nil)
	begun := time.Now()
	if err := s.LameDuck(context.Background(), 60*time.Millisecond); err != nil || time.Since(begun) < 60*time.Millisecond {
		t.Errorf("LameDuck returned %v after %v, want nil after at least 60 ms", err, time.Since(begun))
	}
	if err := s.LameDuck(within(t, 20*time.Millisecond), time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("LameDuck with a context of 20 ms: %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestFrozenConnectionsAreToldToCloseUnlessTheyCanBeParked(t *testing.T) {
	t.Parallel()
	var parkable atomic.Value
	parkable.Store("")
	g := newGate()
	s := start(t, Options{Parkable: func(c net.Conn) bool { return c.RemoteAddr().String() == parkable.Load() }}, func(e *gin.Engine) {
		e.GET("/wait", g.handler)
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	parked, busy, idle, unused := dial(t, s.addr), dial(t, s.addr), dial(t, s.addr), dial(t, s.addr)
	parkable.Store(parked.LocalAddr().String())
	for _, k := range []*keepAlive{parked, idle} {
		k.send("/")
		k.receive(t)
	}
	busy.send("/wait")
	<-g.arrived
	eventually(t, "all connections are open", func() bool { return s.Stats().Connections == 4 })
	s.LastCall()
	frozen := time.Now()

	parked.send("/")
	if resp, body := parked.receive(t); resp.Close || body != "ok" {
		t.Errorf("on the parkable connection: got %s, want \"ok\" and the connection kept", answerOf(resp, body))
	}
	idle.send("/")
	if resp, body := idle.receive(t); !resp.Close || body != "ok" || !idle.closed() {
		t.Errorf("on the idle connection: got %s, want \"ok\" and the connection closed", answerOf(resp, body))
	}
	if err := s.Wait(within(t, 30*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait returned %v with a request in flight, want %v", err, context.DeadlineExceeded)
	}
	open := s.OpenRequests()
	if len(open) != 1 || open[0].Method != http.MethodGet || open[0].Path != "/wait" || open[0].RequestID == "" ||
		open[0].Age <= 0 || open[0].Remote != busy.LocalAddr().String() {
		t.Errorf("open requests are %+v, want the GET of /wait from %v alone", open, busy.LocalAddr())
	}
	close(g.open)
	if resp, body := busy.receive(t); !resp.Close || body != "done" || !busy.closed() {
		t.Errorf("on the busy connection: got %s, want \"done\" and the connection closed", answerOf(resp, body))
	}
	// The unused connection gets its grace; the parkable one needs none.
	if err := s.Wait(within(t, 5*time.Second)); err != nil || time.Since(frozen) < closeGrace {
		t.Errorf("Wait returned %v after %v, want nil after at least %v", err, time.Since(frozen), closeGrace)
	}
	unused.Close()
	if len(s.OpenRequests()) != 0 {
		t.Errorf("open requests are %+v, want none", s.OpenRequests())
	}
}

func TestWaitIsShortWhenNothingIsOpen(t *testing.T) {
	s := start(t, Options{Parkable: func(net.Conn) bool { return true }}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	k := dial(t, s.addr)
	k.send("/")
	k.receive(t)
	s.LastCall()
	begun := time.Now()
	if err := s.Wait(within(t, 5*time.Second)); err != nil || time.Since(begun) > closeGrace/2 {
		t.Errorf("Wait returned %v after %v, want nil within %v", err, time.Since(begun), closeGrace/2)
	}
}

// A handler may return long before its response is on the wire. Wait must not
// let Close cut it.
func TestWaitIncludesWhatIsStillBeingSent(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/large", func(c *gin.Context) {
			c.Header("Content-Length", fmt.Sprint(size))
			_, _ = io.CopyN(c.Writer, zeroes{}, size)
		})
	})
	k := dial(t, s.addr)
	k.send("/large")
	resp, err := http.ReadResponse(k.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.LastCall()
	waited := make(chan error, 1)
	go func() {
		err := s.Wait(within(t, 10*time.Second))
		_ = s.Close()
		waited <- err
	}()
	n, err := io.Copy(io.Discard, resp.Body)
	if n != size || err != nil {
		t.Errorf("got %d bytes (error %v), want %d", n, err, size)
	}
	if err := <-waited; err != nil {
		t.Errorf("Wait: %v", err)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestEventStreamsEndWhenTheDrainStarts(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/events", func(c *gin.Context) {
			c.SSEvent("hello", "1")
			c.Writer.Flush()
			select {
			case <-Draining(c).Done():
				c.SSEvent("bye", "2")
			case <-c.Done():
			}
		})
	})
	resp, err := http.Get(s.url + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := s.LameDuck(within(t, 5*time.Second), 0); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "event:bye") {
		t.Errorf("GET /events: got %q (error %v), want the event \"bye\" at its end", body, err)
	}
}

// TestStreamsEndWell when the Server says so, if they look at the context of their request;
// of other requests that goes on.
func TestStreamsEndWell(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Minute} {
		g := newGate()
		ended := make(chan error, 2)
		s := start(t, Options{Live: Limits{HandlerTimeout: limit}}, func(e *gin.Engine) {
			e.GET("/events", func(c *gin.Context) {
				c.SSEvent("number", 1)
				c.Writer.Flush()
				<-c.Request.Context().Done()
				c.SSEvent("last", 2)
			})
			e.GET("/socket", func(c *gin.Context) {
				conn, _, err := c.Writer.Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
				<-c.Request.Context().Done()
				ended <- c.Request.Context().Err()
				_, _ = io.WriteString(conn, "farewell")
			})
			e.GET("/wait", func(c *gin.Context) {
				g.handler(c)
				ended <- c.Request.Context().Err()
			})
		})
		events, socket, wait := dial(t, s.addr), dial(t, s.addr), dial(t, s.addr)
		wait.send("/wait")
		<-g.arrived
		events.send("/events")
		stream, err := http.ReadResponse(events.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		socket.send("/socket")
		if line, err := socket.ReadString('\n'); err != nil || !strings.Contains(line, " 101 ") {
			t.Fatalf("%q, %v", line, err)
		}
		s.EndStreams()
		if body, err := io.ReadAll(stream.Body); err != nil || !strings.Contains(string(body), "event:last") {
			t.Errorf("limit %v: the stream ends with %q, %v", limit, body, err)
		}
		if rest, err := io.ReadAll(socket.Reader); err != nil || !strings.HasSuffix(string(rest), "farewell") {
			t.Errorf("limit %v: the socket ends with %q, %v", limit, rest, err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("limit %v: the socket's context has the error %v", limit, err)
		}
		close(g.open)
		if _, body := wait.receive(t); body != "done" {
			t.Errorf("limit %v: the other request is answered with %q", limit, body)
		}
		if err := <-ended; err != nil {
			t.Errorf("limit %v: the other request's context has the error %v", limit, err)
		}
	}
}

func TestCloseCutsOff(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) { e.GET("/wait", func(c *gin.Context) { <-c.Done() }) })
	k := dial(t, s.addr)
	k.send("/wait")
	eventually(t, "the request is in flight", func() bool { return s.Stats().InFlight == 1 })
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := k.ReadByte(); err == nil {
		t.Error("the connection is open after Close")
	}
	eventually(t, "the handler's context ended", func() bool { return s.Stats().InFlight == 0 })
}

func TestServeTellsWhyItEnds(t *testing.T) {
	s := prepare(t, Options{}, nil)
	broken := brokenListener{errors.New("no more descriptors")}
	if err := s.Serve("http", broken, nil); err == nil || err.Error() != `server: listener "http": no more descriptors` {
		t.Errorf("Serve on a broken listener: %v, want server: listener \"http\": no more descriptors", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // on purpose, by whoever stops accepting
	if err := s.Serve("http", l, nil); err != nil {
		t.Errorf("Serve on a closed listener: %v, want nil", err)
	}
}

type brokenListener struct{ err error }

func (b brokenListener) Accept() (net.Conn, error) { return nil, b.err }
func (brokenListener) Close() error                { return nil }
func (brokenListener) Addr() net.Addr              { return &net.TCPAddr{} }

func TestStats(t *testing.T) {
	g := newGate()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/wait", g.handler)
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "12345") })
		e.GET("/500", func(c *gin.Context) { c.Status(http.StatusInternalServerError) })
	})
	k := dial(t, s.addr)
	for range 10 {
		k.send("/")
		k.receive(t)
	}
	k.send("/500")
	k.receive(t)
	other := dial(t, s.addr)
	other.send("/wait")
	<-g.arrived
	eventually(t, "the requests are counted and their connection is idle", func() bool {
		st := s.Stats()
		return st.Total == 11 && st.ActiveConnections == 1
	})
	st := s.statsAt(time.Now().Add(time.Second))
	if st.InFlight != 1 || st.Classes[2] != 10 || st.Classes[5] != 1 || st.Bytes != 50 ||
		st.Connections != 2 || st.ActiveConnections != 1 || st.Rate < 2.2-0.01 {
		t.Errorf("got %+v, want 1 request in flight, 10 of 2xx, 1 of 5xx, 50 bytes, 2 connections, 1 of them active, at least 2.2/s", st)
	}
	if later := s.statsAt(time.Now().Add(time.Hour)); later.Rate != 0 || later.Total != 11 {
		t.Errorf("an hour later: got %+v, want the rate 0 and 11 in all", later)
	}
	close(g.open)
	other.receive(t)
}

func TestARequestThatIsCutOffIsToldWithItsMethodPathAndID(t *testing.T) {
	g := newGate()
	s := start(t, Options{ErrorIDs: ErrorIDs{CutOff: "609eeaee702a4408aa8240200ce12382"}}, func(e *gin.Engine) {
		e.GET("/orders", g.handler)
	})
	client := dial(t, s.addr)
	client.send("/orders?secret=1")
	<-g.arrived
	s.TellCutOff()
	close(g.open)
	client.receive(t)
	told := s.log.at(slog.LevelError)
	if len(told) != 1 {
		t.Fatalf("%d records at err, want 1: %v", len(told), told)
	}
	for key, want := range map[string]string{
		"method": "GET", "path": "/orders", "message_id": "609eeaee702a4408aa8240200ce12382", "remote": client.LocalAddr().String(),
	} {
		if got := attr(told[0], key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if text := told[0].Message; !strings.HasPrefix(text, "request cut off: GET /orders after ") {
		t.Errorf("the message is %q", text)
	}
	if attr(told[0], "request_id") == "" {
		t.Error("request_id is empty")
	}
}

// TestCalmIsAMomentWithoutRequestsThatAreLongUnderWay; young ones may well be short.
func TestCalmIsAMomentWithoutRequestsThatAreLongUnderWay(t *testing.T) {
	g := newGate()
	s := start(t, Options{}, func(e *gin.Engine) { e.GET("/wait", g.handler) })
	client := dial(t, s.addr)
	client.send("/wait")
	<-g.arrived
	if err := s.Calm(within(t, 10*time.Second), time.Minute); err != nil {
		t.Errorf("Calm with a request that is younger than a minute: %v, want nil", err)
	}
	now := time.Now()
	if err := s.WaitYoung(within(t, 10*time.Second), now); err != nil {
		t.Errorf("WaitYoung with a request of before: %v, want nil", err)
	}
	if err := s.Calm(within(t, 30*time.Millisecond), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Calm with a request that is too old: %v, want %v", err, context.DeadlineExceeded)
	}
	if err := s.WaitYoung(within(t, 30*time.Millisecond), now.Add(-time.Minute)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("WaitYoung with a request that began after: %v, want %v", err, context.DeadlineExceeded)
	}
	close(g.open)
	client.receive(t)
	if err := s.Calm(within(t, 10*time.Second), 0); err != nil {
		t.Errorf("Calm without a request: %v, want nil", err)
	}
}
