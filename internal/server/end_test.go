package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

const writeLimit = 50 * time.Millisecond

// afterTheWriteTimeout waits until nothing can be sent any more.
func afterTheWriteTimeout() { time.Sleep(6 * writeLimit) }

func TestAResponseThatIsTooLateIsLoggedAndCountedAsCutOff(t *testing.T) {
	t.Parallel()
	routes := func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
		e.POST("/slow", func(c *gin.Context) {
			afterTheWriteTimeout()
			c.String(http.StatusOK, "too late")
		})
		e.POST("/half", func(c *gin.Context) {
			c.String(http.StatusOK, "half")
			c.Writer.Flush()
			afterTheWriteTimeout()
		})
	}
	for _, http2 := range []bool{false, true} {
		s := startTLS(t, Options{}, routes)
		client := newTLSClient(http2)
		for i, path := range []string{"/slow", "/half"} {
			s.change(t, func(l *Limits) { l.WriteTimeout = time.Minute }) // for the handshake
			client.get(t, s.url)
			s.change(t, func(l *Limits) { l.WriteTimeout = writeLimit })
			if resp, err := client.Post(s.url+path, "text/plain", nil); err == nil { // which is not tried again
				resp.Body.Close()
			}
			records := s.log.await(t, slog.LevelWarn, i+1)
			if r := records[i]; !strings.HasPrefix(r.Message, "POST "+path+" cut off ") || attr(r, "status") != "0" ||
				attr(r, "aborted") != "true" || !strings.Contains(attr(r, "error"), "write timeout") {
				t.Errorf("%s by HTTP/2 %v: got the record %v, want one that says that it was cut off by the write timeout", path, http2, r)
			}
		}
		eventually(t, "both are counted", func() bool { return s.Stats().Classes[0] == 2 })
		if got := len(s.log.all()); got != 4 {
			t.Errorf("HTTP/2 %v: %d records, want one for each of 4 requests: %v", http2, got, s.log.all())
		}
		metrics := newResponse()
		s.ServeHTTP(metrics, newRequest("/metrics"))
		for _, want := range []string{
			`http_responses_total{class="none"} 2`, `http_request_duration_seconds_count{code="none",method="POST",route="/slow"} 1`,
		} {
			if !strings.Contains(metrics.Body.String(), want) {
				t.Errorf("HTTP/2 %v: the metrics have no %s", http2, want)
			}
		}
	}
}

func TestAClientThatReadsTooSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Live: Limits{Timeouts: Timeouts{WriteTimeout: writeLimit}}}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) {
			for range 1024 { // more than any socket's buffers hold
				if _, err := c.Writer.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		})
	})
	dial(t, s.addr).send("/")
	if r := s.log.await(t, slog.LevelWarn, 1)[0]; attr(r, "aborted") != "true" || attr(r, "status") != "0" {
		t.Errorf("got the record %v, want one that says that it was cut off", r)
	}
}

func TestAResponseThatWasWholeInTimeIsNotCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) {
			c.Header("Content-Length", "4")
			c.String(http.StatusOK, "done")
			c.Writer.Flush()
			if err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
				t.Error(err)
			}
		})
	})
	k := dial(t, s.addr)
	k.send("/")
	if _, body := k.receive(t); body != "done" {
		t.Errorf("got %q, want \"done\"", body)
	}
	eventually(t, "the record is there", func() bool { return len(s.log.all()) > 0 })
	if r := s.log.all()[0]; r.Level != slog.LevelInfo || attr(r, "status") != "200" {
		t.Errorf("got the record %v, want 200 at info", r)
	}
}

func TestAClientThatWentAwayIs499AndNoError(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]gin.HandlerFunc{
		"gives up":  func(*gin.Context) {},
		"answers":   func(c *gin.Context) { c.String(http.StatusOK, "for nobody") },
		"fails":     func(c *gin.Context) { _ = c.AbortWithError(http.StatusInternalServerError, c.Err()) },
		"aborts":    func(*gin.Context) { panic(http.ErrAbortHandler) },
		"announces": func(c *gin.Context) { c.JSON(http.StatusBadGateway, gin.H{"error": "upstream: context canceled"}) },
	} {
		for _, http2 := range []bool{false, true} {
			arrived := make(chan struct{})
			s := startTLS(t, Options{Live: Limits{HandlerTimeout: time.Minute}}, func(e *gin.Engine) {
				e.GET("/", func(c *gin.Context) {
					close(arrived)
					<-c.Done()
					handle(c)
				})
			})
			ctx, leave := context.WithCancel(t.Context())
			go func() { <-arrived; leave() }()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := newTLSClient(http2).Do(r); err == nil {
				resp.Body.Close() // it was being sent when the client left
			}
			rec := s.log.await(t, slog.LevelInfo, 1)[0]
			if attr(rec, "status") != "499" || !strings.Contains(rec.Message, "the client went away") {
				t.Errorf("%s, HTTP/2 %v: got the record %v, want 499", name, http2, rec)
			}
			eventually(t, "it is counted", func() bool { return s.Stats().Classes[4] == 1 })
			if n := len(s.log.all()); n != 1 {
				t.Errorf("%s, HTTP/2 %v: got %d records, want one: %v", name, http2, n, s.log.all())
			}
		}
	}
}

func TestAPanicIsAnErrorAlsoWhereTheClientWentAway(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { <-c.Done(); panic("oops") })
	})
	k := dial(t, s.addr)
	k.send("/")
	eventually(t, "the request is in flight", func() bool { return s.Stats().InFlight == 1 })
	k.Close()
	if r := s.log.await(t, slog.LevelError, 1)[0]; attr(r, "status") != "500" || attr(r, "panic") != "oops" {
		t.Errorf("got the record %v, want the panic and 500", r)
	}
}

func TestAStreamEndsWellWhenItsClientLeaves(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/events", func(c *gin.Context) {
			c.SSEvent("tick", 1)
			c.Writer.Flush()
			<-c.Done()
		})
	})
	k := dial(t, s.addr)
	fmt.Fprint(k.Conn, "GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
	if _, err := k.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	k.Close()
	if r := s.log.await(t, slog.LevelInfo, 1)[0]; attr(r, "status") != "200" {
		t.Errorf("got the record %v, want 200", r)
	}
}

func TestWhatTheServerItselfEndsIsNotTheClientsDoing(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { <-c.Done() })
	})
	k := dial(t, s.addr)
	k.send("/")
	eventually(t, "the request is in flight", func() bool { return s.Stats().InFlight == 1 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if r := s.log.await(t, slog.LevelWarn, 1)[0]; attr(r, "status") != "0" || !strings.Contains(r.Message, "the service was stopped") {
		t.Errorf("got the record %v, want one that says who ended it", r)
	}
}

// brokenResponse is a connection that is gone.
type brokenResponse struct{ http.ResponseWriter }

func (brokenResponse) Write([]byte) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: errors.New("broken pipe")}
}

func TestAClientThatLeavesDuringTheMetricsIsNoWarning(t *testing.T) {
	s := prepare(t, Options{}, nil)
	s.ServeHTTP(brokenResponse{newResponse()}, newRequest("/metrics"))
	if got := s.log.at(slog.LevelWarn); len(got) != 0 {
		t.Errorf("got the warnings %v, want none", got)
	}
}
