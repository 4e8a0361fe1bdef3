package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/health"
)

func TestTheLevelFollowsTheStatus(t *testing.T) {
	s := prepare(t, Options{}, func(e *gin.Engine) {
		e.GET("/:code", func(c *gin.Context) {
			var code int
			_, _ = fmt.Sscan(c.Param("code"), &code)
			if code >= 500 {
				_ = c.Error(errors.New("database:\nno answer"))
			}
			c.String(code, "body")
		})
	})
	for code, level := range map[int]slog.Level{
		200: slog.LevelInfo, 201: slog.LevelInfo, 302: slog.LevelInfo,
		400: slog.LevelWarn, 404: slog.LevelWarn, 499: slog.LevelWarn,
		500: slog.LevelError, 503: slog.LevelError,
	} {
		before := len(s.log.all())
		path := fmt.Sprintf("/%d", code)
		r := newRequest(path + "?token=secret")
		r.Header.Set("User-Agent", "test/1.0")
		serve(s, r)
		records := s.log.all()[before:]
		if len(records) != 1 || records[0].Level != level {
			t.Errorf("status %d: got the records %v, want one at %v", code, records, level)
			continue
		}
		rec := records[0]
		if !strings.HasPrefix(rec.Message, fmt.Sprintf("GET %s %d 4B ", path, code)) {
			t.Errorf("status %d: the message is %q, want it to begin with \"GET %s %d 4B \"", code, rec.Message, path, code)
		}
		for key, want := range map[string]string{
			"method": "GET", "path": path, "status": fmt.Sprint(code), "bytes": "4", "route": "/:code",
			"remote": "192.0.2.1:1234", "user_agent": "test/1.0",
		} {
			if got := attr(rec, key); got != want {
				t.Errorf("%d: %s is %q, want %q", code, key, got, want)
			}
		}
		if code >= 500 && (!strings.HasSuffix(rec.Message, `: database:\x0ano answer`) || attr(rec, "error") == "") {
			t.Errorf("%d: the handler's error is not in %q", code, rec.Message)
		}
		if strings.Contains(fmt.Sprint(rec), "secret") {
			t.Errorf("%d: the query is in the record: %v", code, rec)
		}
	}
}

func TestTheAccessLogCanBeOffButNotForPanics(t *testing.T) {
	s := prepare(t, Options{}, func(e *gin.Engine) {
		e.GET("/panic", func(*gin.Context) { panic("oops") })
		e.GET("/500", func(c *gin.Context) { c.Status(http.StatusInternalServerError) })
	})
	s.change(t, func(l *Limits) { l.AccessLog = false })
	serve(s, newRequest("/500"))
	serve(s, newRequest("/none"))
	if got := s.log.all(); len(got) != 0 {
		t.Errorf("got the records %v, want none", got)
	}
	serve(s, newRequest("/panic"))
	s.log.await(t, slog.LevelError, 1)
}

func TestProbesAreLoggedAtDebug(t *testing.T) {
	s := prepare(t, Options{Checks: func(...health.Kind) []health.Verdict { return []health.Verdict{{Name: "db"}} }}, nil)
	for _, path := range []string{"/livez", "/readyz", "/healthz", "/metrics"} {
		serve(s, newRequest(path))
	}
	s.log.await(t, slog.LevelDebug, 4)
	if n := len(s.log.all()); n != 4 {
		t.Errorf("got %d records, want 4, all at debug", n)
	}
}

func TestQuietRequestsAreLoggedWhenTheyFail(t *testing.T) {
	s := prepare(t, Options{Fallback: polledFS{}}, func(e *gin.Engine) {
		e.GET("/quiet/:code", func(c *gin.Context) {
			Quiet(c)
			code := http.StatusOK
			_, _ = fmt.Sscan(c.Param("code"), &code)
			c.Status(code)
		})
	})
	for _, path := range []string{"/quiet/200", "/quiet/500", "/status.json"} {
		serve(s, newRequest(path))
	}
	s.log.await(t, slog.LevelDebug, 2)
	s.log.await(t, slog.LevelError, 1)
}

// polledFS has one file, which pages ask for again and again.
type polledFS struct{}

func (polledFS) Open(string) (fs.File, error) { return polledFile{strings.NewReader("{}")}, nil }

type polledFile struct{ *strings.Reader }

func (f polledFile) Stat() (fs.FileInfo, error) { return f, nil }
func (polledFile) Close() error                 { return nil }
func (polledFile) Name() string                 { return "status.json" }
func (polledFile) Mode() fs.FileMode            { return 0o444 }
func (polledFile) ModTime() time.Time           { return time.Unix(1, 0) }
func (polledFile) IsDir() bool                  { return false }
func (polledFile) Sys() any                     { return nil }
func (polledFile) Polled() bool                 { return true }

func TestARedirectOfGinIsARecordToo(t *testing.T) {
	s := prepare(t, Options{}, func(e *gin.Engine) { e.GET("/things/", func(*gin.Context) {}) })
	if got := serve(s, newRequest("/things")); got.StatusCode != http.StatusMovedPermanently || got.Header.Get("X-Request-ID") == "" {
		t.Errorf("GET /things: got %d and the id %q, want 301 and an id", got.StatusCode, got.Header.Get("X-Request-ID"))
	}
	if r := s.log.await(t, slog.LevelInfo, 1)[0]; attr(r, "status") != "301" {
		t.Errorf("GET /things: got the record %v, want status 301", r)
	}
}

// Whatever bytes a client sends, a request is one record of valid text on one
// line.
func TestNoInputBreaksOneRecordARequest(t *testing.T) {
	s := start(t, Options{}, nil)
	lines := []string{
		"GET /\xff\xfe/\xc3\x28 HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\xfe\x80\r\n",
		"GET /%0a%0dFAKE HTTP/1.1\r\nHost: x\r\nUser-Agent: a\tb\r\n",
		"GET /x HTTP/1.1\r\nHost: x\r\nUser-Agent: \u2028\u202e\u0085end\r\n",
		"GET /" + strings.Repeat("é", 5000) + " HTTP/1.1\r\nHost: x\r\nUser-Agent: " + strings.Repeat("A", 9000) + "\r\n",
		"G\"ET /x HTTP/1.1\r\nHost: x\r\n", // not a method: net/http answers itself
		"BREW /pot HTTP/1.1\r\nHost: x\r\nX-Request-ID: \xff\r\n",
		"GET http://other.example/abs HTTP/1.1\r\nHost: x\r\n",
	}
	for _, l := range lines {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, l+"Connection: close\r\n\r\n")
		_, _ = conn.Read(make([]byte, 1024))
		conn.Close()
	}
	records := s.log.await(t, slog.LevelWarn, len(lines)-1)
	for _, r := range records {
		check := func(what, text string) {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\t\x00\u2028\u202e\u0085") || len(text) > 2200 {
				t.Errorf("%s is %q, want valid text on one line, at most 2200 bytes", what, text)
			}
		}
		check("message", r.Message)
		r.Attrs(func(a slog.Attr) bool { check(a.Key, a.Value.String()); return true })
	}
	if got := attr(records[0], "path"); got != `/\xff\xfe/\xc3(` {
		t.Errorf("path is %q, want its bytes escaped", got)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"plain /~":         "plain /~",
		"größe 東京":         "größe 東京",
		"a\nb\x00\x7f\x1b": `a\x0ab\x00\x7f\x1b`,
		"\xff\xc3":         `\xff\xc3`,
		"\u202eevil\ufeff": `\u202eevil\ufeff`,
		"\U000e0001":       `\U000e0001`,
		"a\u00a0b":         `a\u00a0b`,
		"12345678901":      "1234567890…",
	} {
		limit := 64
		if strings.HasPrefix(in, "123") {
			limit = 10
		}
		if got := printable(in, limit); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintableIsOneLineOfBoundedText(f *testing.F) {
	f.Add("a\nb", 3)
	f.Add("\xff\xfe", 100)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 1), 4096)
		got := printable(s, limit)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\u2028\u2029\u0085") || len(got) > limit+16 {
			t.Errorf("%q, at most %d bytes: got %q, want one line of valid text", s, limit, got)
		}
	})
}

func TestDurationsAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                    "0µs",
		870 * time.Microsecond:               "870µs",
		1234 * time.Microsecond:              "1.2ms",
		45678 * time.Microsecond:             "45.6ms",
		2100 * time.Millisecond:              "2.1s",
		3*time.Minute + 500*time.Millisecond: "180.5s",
	} {
		if got := string(appendDuration(nil, d)); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestRecordsOfARequestCarryItsID(t *testing.T) {
	records := newRecorder()
	log := slog.New(WithRequestID(records))
	s := prepare(t, Options{}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) {
			log.InfoContext(c, "one")
			log.With("a", 1).InfoContext(c.Request.Context(), "two")
			log.WithGroup("g").InfoContext(c, "three", "b", 2)
			log.Info("none")
		})
	})
	r := newRequest("/")
	r.Header.Set("X-Request-ID", "seven")
	serve(s, r)
	for _, rec := range records.all() {
		want := "seven"
		if rec.Message == "none" {
			want = ""
		}
		if got := attr(rec, "request_id"); got != want {
			t.Errorf("record %q: request_id is %q, want %q", rec.Message, got, want)
		}
	}
}

func TestWithRequestIDIsAGoodHandler(t *testing.T) {
	var out strings.Builder
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return WithRequestID(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		m := map[string]any{}
		decode(t, out.String(), &m)
		return m
	})
	// The same with a request: its id is outside of the groups.
	out.Reset()
	x := &exchange{}
	x.id = "seven"
	slog.New(WithRequestID(slog.NewJSONHandler(&out, nil))).WithGroup("g").With("a", 1).WithGroup("h").
		InfoContext(x, "text", "b", 2)
	if !strings.HasSuffix(out.String(), `"request_id":"seven","g":{"a":1,"h":{"b":2}}}`+"\n") {
		t.Errorf("got %s, want the id outside of the groups", out.String())
	}
}
