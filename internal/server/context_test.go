package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// handlerLimit is long enough for a slow machine to write a header in.
const handlerLimit = 500 * time.Millisecond

func TestNoHeaderOfAClientTakesTheHandlerTimeoutAway(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Live: Limits{HandlerTimeout: handlerLimit}}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) {
			select {
			case <-c.Done():
			case <-time.After(10 * time.Second):
				c.String(http.StatusOK, "no limit")
			}
		})
	})
	for _, headers := range [][]string{
		nil,
		{"Accept: text/event-stream"},
		{"Upgrade: nothing"},
		{"Connection: Upgrade", "Upgrade: websocket"},
		{"Content-Type: text/event-stream"},
	} {
		s.expect(t, "GET /", http.StatusServiceUnavailable, "", "503 Service Unavailable: The request took too long.\n", headers...)
	}
}

// TestAStreamHasNoHandlerTimeout, nor has what was made of its context before it
// became one.
func TestAStreamHasNoHandlerTimeout(t *testing.T) {
	t.Parallel()
	tell := func(w io.Writer, ctx ...context.Context) {
		time.Sleep(2 * handlerLimit)
		for _, ctx := range ctx {
			fmt.Fprintf(w, "data: %v\n", ctx.Err())
		}
	}
	s := start(t, Options{Live: Limits{HandlerTimeout: handlerLimit}}, func(e *gin.Engine) {
		e.Any("/events", func(c *gin.Context) {
			child, cancel := context.WithCancel(c)
			defer cancel()
			c.SSEvent("", "first")
			tell(c.Writer, c, c.Request.Context(), child)
		})
		e.GET("/stream", func(c *gin.Context) {
			c.Stream(func(w io.Writer) bool {
				tell(w, c)
				return false
			})
		})
		e.GET("/socket", func(c *gin.Context) {
			child, cancel := context.WithCancel(c)
			defer cancel()
			conn, _, err := c.Writer.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
			tell(conn, c, child)
		})
	})
	for request, want := range map[string]int{"GET /events": 3, "POST /events": 3, "GET /stream": 1, "GET /socket": 2} {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(request, " ")
			if resp, body := s.ask(t, method, path, nil); strings.Count(body, "data: <nil>") != want {
				t.Errorf("got %s, want %d contexts that go on", answerOf(resp, body), want)
			}
		})
	}
}

// TestAStreamsContextEndsWithItsConnection: without a limit it still has an end.
func TestAStreamsContextEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := start(t, Options{Live: Limits{HandlerTimeout: time.Minute}}, func(e *gin.Engine) {
		e.GET("/events", func(c *gin.Context) {
			child, cancel := context.WithCancel(c)
			defer cancel()
			c.SSEvent("", "first")
			c.Writer.Flush()
			<-child.Done()
			ended <- child.Err()
		})
	})
	k := dial(t, s.addr)
	k.send("/events")
	if _, err := bufio.NewReader(k.Conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	k.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	case <-time.After(5 * time.Second):
		t.Error("the context did not end in 5 s")
	}
}

// TestAContextOfARequestNeedsNoGoroutine: those that handlers make of it hang on
// it, as on one of the context package.
func TestAContextOfARequestNeedsNoGoroutine(t *testing.T) {
	x := &exchange{}
	x.limit(t.Context(), time.Now(), time.Minute)
	defer x.release()
	child, cancel := context.WithCancel(context.WithValue(context.Context(x), "key", "value")) //nolint:staticcheck // only here
	defer cancel()
	ran := make(chan struct{})
	context.AfterFunc(child, func() { close(ran) })
	x.timed.Load().cancel()
	if err := child.Err(); err == nil { // at once, and not when a goroutine has come round to it
		t.Error("the child did not end with the request")
	}
	<-ran
}
