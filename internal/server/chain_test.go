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
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func newRequest(path string) *http.Request    { return httptest.NewRequest(http.MethodGet, path, nil) }
func newResponse() *httptest.ResponseRecorder { return httptest.NewRecorder() }
func serve(h http.Handler, r *http.Request) *http.Response {
	w := newResponse()
	h.ServeHTTP(w, r)
	return w.Result()
}

// lineOf returns the source line of a record's program counter.
func lineOf(r slog.Record) string {
	f, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	return fmt.Sprintf("%s:%d", f.Function[strings.LastIndex(f.Function, ".")+1:], f.Line)
}

func here(skip int) int {
	_, _, line, _ := runtime.Caller(skip + 1)
	return line
}

var panicLine int

//go:noinline
func indexOutOfRange(list []int) int {
	panicLine = here(0) + 1
	return list[len(list)]
}

//go:noinline
func nilPointer(p *http.Server) string {
	panicLine = here(0) + 1
	return p.Addr
}

func TestPanicIsOneErrRecordAndA500OnAConnectionThatIsKept(t *testing.T) {
	s := start(t, Options{ErrorIDs: ErrorIDs{Panic: "609eeaee702a4408aa8240200ce12382"}}, func(e *gin.Engine) {
		e.GET("/index", func(*gin.Context) { indexOutOfRange(nil) })
		e.GET("/nil", func(*gin.Context) { _ = nilPointer(nil) })
		e.GET("/own", func(c *gin.Context) {
			c.Header("Content-Encoding", "gzip")
			c.Header("Content-Length", "999")
			panicLine = here(0) + 1
			panic(errors.New("own\nwords"))
		})
		e.GET("/ok", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for i, path := range []string{"/index", "/nil", "/own"} {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nX-Request-ID: id-%d\r\nAccept: application/json\r\n\r\n", path, i)
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusInternalServerError || resp.Close ||
			!strings.Contains(string(body), fmt.Sprintf(`"request_id":"id-%d"`, i)) || strings.Contains(string(body), "words") {
			t.Errorf("%s: got %s, want 500 with the request's id %s, without the panic's words, and the connection kept",
				path, answerOf(resp, string(body)), fmt.Sprintf("id-%d", i))
		}
		records := s.log.await(t, slog.LevelError, i+1)
		r := records[i]
		if got := lineOf(r); !strings.HasSuffix(got, fmt.Sprintf(":%d", panicLine)) {
			t.Errorf("%s: the record's line is %s, want one that ends in :%d", path, got, panicLine)
		}
		if attr(r, "method") != "GET" || attr(r, "path") != path || attr(r, "status") != "500" ||
			attr(r, "request_id") != fmt.Sprintf("id-%d", i) || !strings.Contains(attr(r, "stack"), "chain_test.go") ||
			attr(r, "message_id") == "" || strings.Contains(r.Message, "\n") {
			t.Errorf("%s: got the record %+v, want method, path, status 500, id-%d, the stack, a message id and one line of text", path, r, i)
		}
	}
	fmt.Fprint(conn, "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, err := http.ReadResponse(reader, nil); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("after the panics: got %s (error %v), want 200 on the same connection", answerOf(resp, ""), err)
	}
	s.log.await(t, slog.LevelInfo, 1)
}

func TestPanicAfterTheHeaderClosesTheConnection(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/half", func(c *gin.Context) {
			c.Header("Content-Length", "100")
			c.String(http.StatusOK, "half")
			c.Writer.Flush()
			panic("in the middle")
		})
		e.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	})
	for _, path := range []string{"/half", "/abort"} {
		resp, err := http.Get(s.url + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: error %v, want EOF", path, err)
		}
	}
	if r := s.log.await(t, slog.LevelError, 1)[0]; attr(r, "aborted") != "true" || attr(r, "status") != "200" {
		t.Errorf("/half: got the record %v, want aborted=true and status=200", r)
	}
	if r := s.log.await(t, slog.LevelWarn, 1)[0]; r.Message[:len("GET /abort aborted")] != "GET /abort aborted" {
		t.Errorf("got the record %v, want one that begins with \"GET /abort aborted\"", r)
	}
}

func TestRequestIDIsTakenOverOrMade(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, RequestID(c)) })
	})
	for _, good := range []string{"a", "4bf92f35-77b3", "a.b_c~d:e+f=g@h/i", strings.Repeat("x", 128)} {
		resp, body := s.get(t, "/", "X-Request-ID: "+good)
		if body != good || resp.Header.Get("X-Request-ID") != good {
			t.Errorf("X-Request-ID %q became %q, and %q in the response's header; want it taken over", good, body, resp.Header.Get("X-Request-ID"))
		}
	}
	seen := map[string]bool{}
	for _, bad := range []string{"", "with space", `"quoted"`, "ümlaut", "a\tb", strings.Repeat("x", 129), "<script>"} {
		resp, body := s.get(t, "/", "X-Request-ID: "+bad)
		if body == bad || !validRequestID(body) || len(body) != 24 || resp.Header.Get("X-Request-ID") != body || seen[body] {
			t.Errorf("X-Request-ID %q became %q, and %q in the response's header; want a new one of 24 characters in both",
				bad, body, resp.Header.Get("X-Request-ID"))
		}
		seen[body] = true
	}
	if _, body := s.get(t, "/", "X-Request-ID: one", "X-Request-ID: two"); body == "one" || body == "two" {
		t.Errorf("two ids became %q, want neither", body)
	}
}

func TestTraceparent(t *testing.T) {
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, valid := range map[string]bool{
		"00-" + trace + "-" + span + "-01":                    true,
		"00-" + trace + "-" + span + "-00":                    true,
		"cc-" + trace + "-" + span + "-01":                    true,
		"cc-" + trace + "-" + span + "-01-more":               true,
		"cc-" + trace + "-" + span + "-01more":                false,
		"00-" + trace + "-" + span + "-01-more":               false,
		"ff-" + trace + "-" + span + "-01":                    false,
		"00-" + strings.ToUpper(trace) + "-" + span + "-01":   false,
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01":  false,
		"00-" + trace + "-" + strings.Repeat("0", 16) + "-01": false,
		"00-" + trace + "-" + span + "-0g":                    false,
		"0g-" + trace + "-" + span + "-01":                    false,
		"00_" + trace + "_" + span + "_01":                    false,
		"00-" + trace:                                         false,
		"":                                                    false,
	} {
		gotTrace, gotSpan := parseTraceparent(header)
		if valid != (gotTrace == trace && gotSpan == span) || !valid && gotTrace+gotSpan != "" {
			t.Errorf("traceparent %q: got trace %q and span %q, want those in it: %v", header, gotTrace, gotSpan, valid)
		}
	}
	s := prepare(t, Options{}, nil)
	r := newRequest("/")
	r.Header.Set("traceparent", "00-"+trace+"-"+span+"-01")
	serve(s, r)
	if rec := s.log.all()[0]; attr(rec, "trace_id") != trace || attr(rec, "span_id") != span {
		t.Errorf("got the record %v, want trace_id %s and span_id %s", rec, trace, span)
	}
}

func TestAHandlerThatGivesUpAtTheTimeoutIs503(t *testing.T) {
	s := prepare(t, Options{Live: Limits{HandlerTimeout: 20 * time.Millisecond}}, func(e *gin.Engine) {
		e.GET("/gives-up", func(c *gin.Context) { <-c.Done() })
		e.GET("/polls", func(c *gin.Context) {
			for c.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			if !errors.Is(c.Err(), context.DeadlineExceeded) {
				t.Errorf("Err is %v, want %v", c.Err(), context.DeadlineExceeded)
			}
		})
		e.GET("/answers", func(c *gin.Context) { <-c.Request.Context().Done(); c.String(http.StatusGatewayTimeout, "mine") })
		e.GET("/child", func(c *gin.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			<-ctx.Done()
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				t.Errorf("a child's Err is %v, its cause %v; want %v for both", ctx.Err(), context.Cause(ctx), context.DeadlineExceeded)
			}
		})
		e.GET("/quick", func(c *gin.Context) {
			if d, ok := c.Deadline(); !ok || time.Until(d) > 20*time.Millisecond {
				t.Errorf("got the deadline %v (%v), want one within 20 ms", d, ok)
			}
			c.Status(http.StatusNoContent)
		})
	})
	for path, want := range map[string]int{"/gives-up": 503, "/polls": 503, "/child": 503, "/answers": 504, "/quick": 204} {
		if got := serve(s, newRequest(path)).StatusCode; got != want {
			t.Errorf("GET %s: got %d, want %d", path, got, want)
		}
	}
}

func TestTheRequestContextEndsWithTheConnection(t *testing.T) {
	ended := make(chan error, 2)
	s := start(t, Options{Live: Limits{HandlerTimeout: time.Minute}}, func(e *gin.Engine) {
		e.GET("/wait", func(c *gin.Context) {
			select {
			case <-c.Done():
				ended <- c.Err()
			case <-time.After(5 * time.Second):
				ended <- errors.New("it did not end")
			}
		})
	})
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "the request is in flight", func() bool { return s.Stats().InFlight == 1 })
	conn.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the context ended with %v, want %v", err, context.Canceled)
	}
}

func TestAnEventStreamHasNoHandlerTimeoutAndAWriteTimeoutOfItsOwn(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Live: Limits{Timeouts: Timeouts{WriteTimeout: 200 * time.Millisecond}, HandlerTimeout: 100 * time.Millisecond}},
		func(e *gin.Engine) {
			e.GET("/events", func(c *gin.Context) {
				c.SSEvent("tick", "first")
				c.Writer.Flush()
				for i := range 5 {
					select {
					case <-c.Request.Context().Done():
						t.Errorf("event %d: the request ended with %v, want it to go on", i, c.Request.Context().Err())
						return
					case <-time.After(100 * time.Millisecond): // 500 ms together
					}
					c.SSEvent("tick", i)
					c.Writer.Flush()
				}
			})
		})
	resp, body := s.get(t, "/events", "Accept: text/event-stream")
	if resp.StatusCode != http.StatusOK || strings.Count(body, "event:tick") != 6 {
		t.Errorf("GET /events: got %s, want 200 and six events", answerOf(resp, body))
	}
}

func TestTheEngineByItselfHasTheMiddlewareToo(t *testing.T) {
	s := prepare(t, Options{}, func(e *gin.Engine) {
		e.GET("/panic", func(*gin.Context) { panic("oops") })
		e.GET("/id", func(c *gin.Context) { c.String(http.StatusOK, RequestID(c)) })
		e.POST("/id", func(c *gin.Context) { c.Status(http.StatusCreated) })
	})
	if got := serve(s.Engine(), newRequest("/panic")); got.StatusCode != http.StatusInternalServerError {
		t.Errorf("GET /panic: got %d, want 500", got.StatusCode)
	}
	got := serve(s.Engine(), newRequest("/id"))
	body, _ := io.ReadAll(got.Body)
	if got.StatusCode != http.StatusOK || string(body) == "" || got.Header.Get("X-Request-ID") != string(body) {
		t.Errorf("GET /id: got %s, want 200 and the id %q of its header", answerOf(got, string(body)), got.Header.Get("X-Request-ID"))
	}
	if got := serve(s.Engine(), newRequest("/nothing")); got.StatusCode != http.StatusNotFound {
		t.Errorf("GET /nothing: got %d, want 404", got.StatusCode)
	}
	if n := len(s.log.all()); n != 3 {
		t.Errorf("%d records for 3 requests, want 3: %v", n, s.log.all())
	}
}

func TestARequestThatIsRoutedAgainIsOneRecord(t *testing.T) {
	s := prepare(t, Options{}, nil)
	s.Engine().GET("/old", func(c *gin.Context) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), exchangeKey{}, exchangeOf(c)))
		c.Request.URL.Path = "/new"
		s.Engine().HandleContext(c)
	})
	s.Engine().GET("/new", func(c *gin.Context) { c.String(http.StatusOK, "new") })
	got := serve(s, newRequest("/old"))
	if body, _ := io.ReadAll(got.Body); string(body) != "new" || len(s.log.all()) != 1 {
		t.Errorf("GET /old: got %q and the records %v, want \"new\" and one record", body, s.log.all())
	}
}

func TestRouterErrorsAreSmallAndNegotiated(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/thing", func(c *gin.Context) { c.Status(http.StatusOK) })
		e.PUT("/thing", func(c *gin.Context) { c.Status(http.StatusOK) })
	})
	const text = "text/plain; charset=utf-8"
	s.expect(t, "GET /nothing", http.StatusNotFound, text, "404 Not Found\n")
	s.expect(t, "GET /nothing", http.StatusNotFound, "application/problem+json",
		`{"type":"about:blank","title":"Not Found","status":404,"request_id":"seven"}`+"\n",
		"Accept: application/json, */*;q=0.1", "X-Request-ID: seven")
	s.expect(t, "GET /nothing", http.StatusNotFound, text, "404 Not Found\n", "Accept: application/json;q=0, text/plain")
	resp := s.expect(t, "DELETE /thing", http.StatusMethodNotAllowed, text, "405 Method Not Allowed\n")
	if got := resp.Header.Get("Allow"); got != "GET, PUT" {
		t.Errorf("DELETE /thing: Allow is %q, want GET, PUT", got)
	}
	resp = s.expect(t, "HEAD /nothing", http.StatusNotFound, text, "")
	if want := int64(len("404 Not Found\n")); resp.ContentLength != want {
		t.Errorf("HEAD /nothing: Content-Length is %d, want %d, that of GET", resp.ContentLength, want)
	}
}

func TestMountServesAnyHandler(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PathValue("id")) })
	mux.HandleFunc("/silent", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("oops") })
	mux.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "mine") })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := prepare(t, Options{Live: Limits{HandlerTimeout: 10 * time.Millisecond}}, nil)
	s.Mount(mux)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serveOn(t, l)
	for _, c := range []struct {
		path string
		code int
		body string
	}{
		{"/items/7", 200, "7"},
		{"/silent", 200, ""},
		{"/panic", 500, "500 Internal Server Error\n"},
		{"/version", 200, "mine"},
		{"/livez", 200, "ok"},
		{"/slow", 503, "503 Service Unavailable: The request took too long.\n"},
		{"/none", 404, "404 page not found\n"},
	} {
		s.expect(t, "GET "+c.path, c.code, "", c.body)
	}
	for _, r := range s.log.all() {
		if attr(r, "path") == "/items/7" && attr(r, "route") != "GET /items/{id}" {
			t.Errorf("GET /items/7: the record's route is %q, want that of the mux", attr(r, "route"))
		}
	}
}

func TestHijackedConnectionsAreTheHandlers(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/ws", func(c *gin.Context) {
			conn, _, err := c.Writer.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
		})
	})
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	got, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(got), "\r\n\r\nhello") {
		t.Errorf("the connection has %q (error %v), want what the handler wrote: hello", got, err)
	}
	if r := s.log.await(t, slog.LevelInfo, 1)[0]; attr(r, "status") != "101" {
		t.Errorf("got the record %v, want status 101", r)
	}
}

func TestSuperfluousWriteHeaderNamesTheCaller(t *testing.T) {
	s := prepare(t, Options{}, nil)
	s.Mount(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		panicLine = here(0) + 1
		w.WriteHeader(http.StatusAccepted)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serveOn(t, l)
	s.expect(t, "GET /", http.StatusCreated, "", "")
	r := s.log.await(t, slog.LevelWarn, 1)[0]
	if r.Message != "superfluous WriteHeader(202) after 201" || !strings.HasSuffix(lineOf(r), fmt.Sprint(":", panicLine)) {
		t.Errorf("got the record %q at %s, want \"superfluous WriteHeader(202) after 201\" at line %d", r.Message, lineOf(r), panicLine)
	}
}
