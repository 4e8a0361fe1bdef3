package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// recorder is a slog.Handler that keeps what it is given.
type recorder struct {
	mu      *sync.Mutex
	records *[]slog.Record
	attrs   []slog.Attr
}

func newRecorder() *recorder { return &recorder{mu: new(sync.Mutex), records: new([]slog.Record)} }

func (*recorder) Enabled(context.Context, slog.Level) bool { return true }

func (h *recorder) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	r = r.Clone()
	r.AddAttrs(h.attrs...)
	*h.records = append(*h.records, r)
	return nil
}

func (h *recorder) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append(append([]slog.Attr{}, h.attrs...), attrs...)
	return &next
}

func (h *recorder) WithGroup(string) slog.Handler { return h }

// all returns the records so far.
func (h *recorder) all() []slog.Record {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]slog.Record{}, *h.records...)
}

// at returns the records of one level.
func (h *recorder) at(level slog.Level) []slog.Record {
	var some []slog.Record
	for _, r := range h.all() {
		if r.Level == level {
			some = append(some, r)
		}
	}
	return some
}

// await returns the records of one level once there are n of them: a record is
// written after its response.
func (h *recorder) await(t *testing.T, level slog.Level, n int) []slog.Record {
	t.Helper()
	eventually(t, "the log has the records", func() bool { return len(h.at(level)) >= n })
	if got := h.at(level); len(got) != n {
		t.Fatalf("%d records at %v, want %d: %v", len(got), level, n, got)
	}
	return h.at(level)
}

func attr(r slog.Record, key string) string {
	value := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == key {
			value = a.Value.String()
		}
		return a.Key != key
	})
	return value
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in 5 s: %s", what)
		}
	}
}

// service is a Server that listens on a loopback port.
type service struct {
	*Server
	log  *recorder
	addr string
	url  string
}

// start serves on a real socket until the test ends.
func start(t *testing.T, o Options, routes func(*gin.Engine)) *service {
	t.Helper()
	s := prepare(t, o, routes)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serveOn(t, l)
	return s
}

func prepare(t *testing.T, o Options, routes func(*gin.Engine)) *service {
	t.Helper()
	log := newRecorder()
	o.Logger = slog.New(log)
	if o.Environment == "" {
		o.Environment = "test"
	}
	o.Live.AccessLog = true
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if routes != nil {
		routes(s.Engine())
	}
	return &service{Server: s, log: log}
}

func (s *service) serveOn(t *testing.T, l net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Serve("http", l, nil) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	s.addr = l.Addr().String()
	s.url = "http://" + s.addr
}

// change swaps the limits.
func (s *service) change(t *testing.T, edit func(*Limits)) {
	t.Helper()
	limits := s.live.Load().Limits
	edit(&limits)
	commit, err := s.Prepare(limits)
	if err != nil {
		t.Fatal(err)
	}
	commit()
}

// get asks for a path, with headers as "Name: value".
func (s *service) get(t *testing.T, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return s.ask(t, http.MethodGet, path, nil, headers...)
}

func (s *service) ask(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// expect asks with "METHOD /path" and headers, and says what came if it is not what was
// wanted: the status, the content type unless kind is "", and the whole body.
func (s *service) expect(t *testing.T, request string, status int, kind, body string, headers ...string) *http.Response {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	resp, got := s.ask(t, method, path, nil, headers...)
	if resp.StatusCode != status || kind != "" && resp.Header.Get("Content-Type") != kind || got != body {
		t.Errorf("%s %q: got %s, want %s", request, headers, answerOf(resp, got), wanted(status, kind, body))
	}
	return resp
}

// answerOf is what a failure shows of a response.
func answerOf(resp *http.Response, body string) string {
	if resp == nil {
		return "no response"
	}
	said := wanted(resp.StatusCode, resp.Header.Get("Content-Type"), body)
	if resp.Close {
		said += " and a closed connection"
	}
	return said
}

// wanted is a response in the words of answerOf.
func wanted(status int, kind, body string) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, kind)) + fmt.Sprintf(" %.300q", body)
}

// writeTree makes a folder with files; a name that ends in "/" is a folder.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestWhatGinPrintsGoesToTheLogAndNotToStdout(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = write
	s := prepare(t, Options{Environment: "development"}, func(e *gin.Engine) {
		e.Use(gin.Logger(), gin.Recovery())
		e.GET("/panic", func(*gin.Context) { panic("oops") })
	})
	s.ServeHTTP(newResponse(), newRequest("/panic"))
	os.Stdout = stdout
	write.Close()
	printed, _ := io.ReadAll(read)
	gin.SetMode(gin.TestMode)

	if len(printed) > 0 {
		t.Errorf("stdout got %q, want nothing", printed)
	}
	var text bytes.Buffer
	for _, r := range s.log.all() {
		text.WriteString(r.Message + "\n")
	}
	if strings.Contains(text.String(), "\x1b") {
		t.Errorf("the log has colours:\n%q", &text)
	}
	for _, want := range []string{"gin: route GET /panic", "[Recovery]", `500 |`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &text)
		}
	}
}

func TestGinModeFollowsTheEnvironment(t *testing.T) {
	defer gin.SetMode(gin.TestMode)
	for environment, want := range map[string]string{
		"production": gin.ReleaseMode, "": gin.ReleaseMode, "development": gin.DebugMode, "test": gin.TestMode,
	} {
		if _, err := New(Options{Environment: environment}); err != nil {
			t.Fatal(err)
		}
		if gin.Mode() != want {
			t.Errorf("environment %q: mode %q, want %q", environment, gin.Mode(), want)
		}
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"trusted proxies": {TrustedProxies: []string{"10.0.0.0/99"}},
		"static root":     {Live: Limits{StaticRoot: "/nowhere/at/all"}},
		"CORS":            {Live: Limits{CORS: CORS{AllowOrigins: []string{"*"}}}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("bad %s: error %v, want one that names it", name, err)
		}
	}
}

func TestForwardedAddressIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	for _, c := range []struct {
		trusted []string
		want    string
	}{
		{nil, "127.0.0.1"},
		{[]string{"10.0.0.0/8"}, "127.0.0.1"},
		{[]string{"127.0.0.0/8"}, "203.0.113.9"},
	} {
		s := start(t, Options{TrustedProxies: c.trusted}, func(e *gin.Engine) {
			e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, c.ClientIP()) })
		})
		if _, body := s.get(t, "/", "X-Forwarded-For: 203.0.113.9"); body != c.want {
			t.Errorf("trusted %v: %s, want %s", c.trusted, body, c.want)
		}
		got, _, _ := strings.Cut(attr(s.log.await(t, slog.LevelInfo, 1)[0], "remote"), ":")
		if got != c.want {
			t.Errorf("trusted %v: logged %s, want %s", c.trusted, got, c.want)
		}
	}
}

func TestThePeerOfAUnixSocketIsUnixAndBelievedOnlyIfItIsTrusted(t *testing.T) {
	for _, c := range []struct {
		trusted    []string
		ip, logged string
	}{
		{nil, "", "unix"},
		{[]string{"10.0.0.0/8"}, "", "unix"},
		{[]string{"unix"}, "203.0.113.9", "203.0.113.9"},
		{[]string{"127.0.0.0/8", "unix"}, "203.0.113.9", "203.0.113.9"},
	} {
		s := prepare(t, Options{TrustedProxies: c.trusted}, func(e *gin.Engine) {
			e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, c.ClientIP()) })
		})
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Skip("no Unix sockets here: ", err)
		}
		s.serveOn(t, l)
		client := http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
		}}
		for i, forwarded := range []string{"203.0.113.9", "", "nobody"} {
			r, err := http.NewRequest(http.MethodGet, "http://x/", nil)
			if err != nil {
				t.Fatal(err)
			}
			want, logged := c.ip, c.logged
			if forwarded != "203.0.113.9" {
				want, logged = "", "unix"
			}
			if forwarded != "" {
				r.Header.Set("X-Forwarded-For", forwarded)
			}
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(body) != want && forwarded != "nobody" { // of which Gin makes "<nil>"
				t.Errorf("trusted %v, X-Forwarded-For %q: the client is %q, want %q", c.trusted, forwarded, body, want)
			}
			if got := attr(s.log.await(t, slog.LevelInfo, i+1)[i], "remote"); got != logged {
				t.Errorf("trusted %v, X-Forwarded-For %q: logged %q, want %q", c.trusted, forwarded, got, logged)
			}
		}
		client.CloseIdleConnections()
	}
}
