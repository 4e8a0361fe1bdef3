package site

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/status"
)

func pageStatus(state string, checks ...status.Check) gind.Status {
	s := gind.Status{Name: "gind", Version: "1.2.3", State: state, Started: time.Now().Add(-90 * time.Minute), Checks: checks}
	s.Requests.Total, s.Requests.InFlight, s.Requests.PerSecond = 1234567, 3, 1284.4
	s.Config.Version = 7
	return s
}

// serve answers as the program does.
func serve(t *testing.T, s gind.Status, path, accept string) (*http.Response, string) {
	t.Helper()
	srv, err := server.New(server.Options{Environment: "test", Fallback: Files(func() gind.Status { return s })})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	resp := w.Result()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestTheFrontPageTellsTheStateWithoutAScript(t *testing.T) {
	resp, body := serve(t, pageStatus("ready",
		status.Check{Name: "database", Kind: "ready", OK: true, LatencySeconds: .0042, Since: time.Now().Add(-25 * time.Hour)},
		status.Check{Name: "redis", Kind: "ready", Error: "connection refused", LatencySeconds: 1.3, Since: time.Now().Add(-8 * time.Second)},
	), "/", "text/html")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
		resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", resp)
	}
	for _, want := range []string{
		"Not ready", "One health check fails.", "gind", "1.2.3", "1,284", "1,234,567", "1 h 30 min", "version 7",
		"database", "passing for 1 d 1 h", "4 ms", "redis", "failing for 8 s", "1.3 s", "connection refused",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestStatesInWords(t *testing.T) {
	ok, bad := status.Check{Name: "a", OK: true}, status.Check{Name: "b"}
	for _, c := range []struct {
		status      gind.Status
		tone, state string
	}{
		{pageStatus("ready"), "good", "Ready"},
		{pageStatus("ready", ok), "good", "Ready"},
		{pageStatus("ready", ok, bad), "bad", "Not ready"},
		{pageStatus("starting"), "busy", "Starting"},
		{pageStatus("starting", bad, bad), "bad", "Not ready"},
		{pageStatus("reloading", ok), "busy", "Reloading"},
		{pageStatus("draining", bad), "busy", "Draining"},
		{pageStatus(""), "good", "Ready"},
	} {
		v := viewOf(c.status, time.Now())
		if v.Tone != c.tone || v.State != c.state || v.Summary == "" {
			t.Errorf("%s, %d checks: %+v", c.status.State, len(c.status.Checks), v)
		}
	}
}

// What the script puts into the page is there, and nothing else is asked for.
func TestScriptAndPageAgreeWithStatusJSON(t *testing.T) {
	resp, text := serve(t, pageStatus("ready"), "/status.json", "*/*")
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%v %v", resp, err)
	}
	_, page := serve(t, pageStatus("ready"), "/", "text/html")
	for _, match := range regexp.MustCompile(`data-text="(\w+)"`).FindAllStringSubmatch(page, -1) {
		if _, ok := m[match[1]].(string); !ok {
			t.Errorf("status.json has no text %q", match[1])
		}
	}
	_, script := serve(t, pageStatus("ready"), "/status.js", "*/*")
	for _, match := range regexp.MustCompile(`\bstatus\.(\w+)`).FindAllStringSubmatch(script, -1) {
		if _, ok := m[match[1]]; !ok && match[1] != "json" {
			t.Errorf("status.json has no %q", match[1])
		}
	}
	if checks, ok := m["checks"].([]any); !ok || len(checks) != 0 {
		t.Errorf("checks are %v, want an empty list", m["checks"])
	}
}

func TestHostileTextIsOnlyText(t *testing.T) {
	evil := `<script>alert("x")</script>`
	s := pageStatus("ready", status.Check{Name: evil, Error: `"><img src=x onerror=alert(1)>`})
	s.Name = evil
	_, body := serve(t, s, "/", "text/html")
	if strings.Contains(body, evil) || strings.Contains(body, "<img") {
		t.Error(body)
	}
}

func TestNothingComesFromOutside(t *testing.T) {
	files := Files(func() gind.Status { return pageStatus("ready") })
	outside := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(|<style|\sstyle=|\son\w+=`)
	for _, name := range []string{"index.html", "404.html", "style.css", "status.js", "icon.svg", "status.json"} {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		if match := outside.FindString(found); match != "" {
			t.Errorf("%s has %q", name, match)
		}
		if strings.HasSuffix(name, ".html") && !strings.Contains(found, `http-equiv="Content-Security-Policy" content="default-src 'none'`) {
			t.Errorf("%s has no policy", name)
		}
	}
}

func TestBrowsersGetThePageForWhatIsNotThere(t *testing.T) {
	resp, body := serve(t, pageStatus("ready"), "/a/b/c", "text/html")
	if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "Nothing here") {
		t.Errorf("%v %s", resp, body)
	}
	if resp, body = serve(t, pageStatus("ready"), "/a/b/c", "*/*"); resp.StatusCode != http.StatusNotFound || strings.Contains(body, "<") {
		t.Errorf("%v %s", resp, body)
	}
}

func TestFiguresAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("count %d: %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 125 * time.Second: "2 min 5 s",
		6*time.Hour + 30*time.Second: "6 h", 26 * time.Hour: "1 d 2 h", 24*time.Hour + time.Minute: "1 d",
	} {
		if got := age(d); got != want {
			t.Errorf("age %v: %s, want %s", d, got, want)
		}
	}
	for r, want := range map[float64]string{0: "0.0", 0.44: "0.4", 9.94: "9.9", 9.96: "10", 1284.4: "1,284"} {
		if got := rate(r); got != want {
			t.Errorf("rate %v: %s, want %s", r, got, want)
		}
	}
	for d, want := range map[time.Duration]string{time.Microsecond: "< 1 ms", 42 * time.Millisecond: "42 ms", 1300 * time.Millisecond: "1.3 s"} {
		if got := latency(d); got != want {
			t.Errorf("latency %v: %s, want %s", d, got, want)
		}
	}
}
