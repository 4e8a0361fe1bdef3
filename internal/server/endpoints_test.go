package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/internal/health"
)

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func TestProbesAnswerAsKubernetesDoes(t *testing.T) {
	var down atomic.Bool
	s := start(t, Options{Checks: func(k ...health.Kind) []health.Verdict {
		if k[0] == health.Live {
			return []health.Verdict{{Name: "deadlock", OK: true}}
		}
		if down.Load() {
			return []health.Verdict{{Name: "db", Err: "dial tcp:\nrefused", Latency: 1500 * time.Microsecond}, {Name: "cache", OK: true}}
		}
		return []health.Verdict{{Name: "db", OK: true}, {Name: "cache", OK: true}}
	}}, nil)
	expect := func(path string, code int, want string) {
		t.Helper()
		resp, body := s.get(t, path)
		if resp.StatusCode != code || body != want {
			t.Errorf("%s: %d\n%s\nwant %d\n%s", path, resp.StatusCode, body, code, want)
		}
		if resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
	}
	expect("/livez", 200, "ok")
	expect("/readyz", 200, "ok")
	expect("/healthz", 200, "ok")
	expect("/livez?verbose", 200, "[+]ping ok\n[+]deadlock ok\nlivez check passed\n")
	expect("/readyz?verbose", 200, "[+]ping ok\n[+]db ok\n[+]cache ok\n[+]shutdown ok\nreadyz check passed\n")
	expect("/healthz?verbose=1", 200, "[+]ping ok\n[+]deadlock ok\n[+]db ok\n[+]cache ok\n[+]shutdown ok\nhealthz check passed\n")
	expect("/readyz?verbose&exclude=db&exclude=shutdown", 200,
		"[+]ping ok\n[+]db excluded: ok\n[+]cache ok\n[+]shutdown excluded: ok\nreadyz check passed\n")
	expect("/readyz?verbose&exclude=bogus&exclude=a%22b", 200,
		"[+]ping ok\n[+]db ok\n[+]cache ok\n[+]shutdown ok\n"+
			`warn: some health checks cannot be excluded: no matches for "bogus", "a\"b"`+"\nreadyz check passed\n")

	down.Store(true)
	expect("/livez", 200, "ok")
	expect("/readyz", 503, "[+]ping ok\n[-]db failed: reason withheld\n[+]cache ok\n[+]shutdown ok\nreadyz check failed\n")
	expect("/healthz?exclude=db", 200, "ok")
	expect("/readyz?verbose", 503,
		"[+]ping ok\n[-]db failed: dial tcp:\\x0arefused (1.5ms)\n[+]cache ok\n[+]shutdown ok\nreadyz check failed\n")

	s.drain()
	down.Store(false)
	expect("/readyz", 503, "[+]ping ok\n[+]db ok\n[+]cache ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n")
	expect("/livez", 200, "ok")
}

func TestReasonsAreNotToldToStrangers(t *testing.T) {
	s := prepare(t, Options{Checks: func(...health.Kind) []health.Verdict {
		return []health.Verdict{{Name: "db", Err: "user shop at 10.0.0.7: refused", Latency: time.Millisecond}}
	}}, nil)
	for _, c := range []struct {
		peer, header string
		told         bool
	}{
		{"127.0.0.1:1234", "", true},
		{"[::1]:1234", "", true},
		{"[::ffff:127.0.0.1]:1234", "", true},
		{"192.0.2.1:1234", "", false},
		{"[fe80::1%eth0]:1234", "", false},
		{"@", "", false},
		{"", "", false},
		{"127.0.0.1:1234", "X-Forwarded-For", false},
		{"127.0.0.1:1234", "X-Real-Ip", false},
		{"127.0.0.1:1234", "Forwarded", false},
		{"127.0.0.1:1234", "X-Forwarded-Proto", false},
		{"127.0.0.1:1234", "Via", false},
		{"192.0.2.1:1234", "X-Forwarded-For", false},
	} {
		for _, all := range []bool{false, true} {
			s.change(t, func(l *Limits) { l.Reasons = all })
			for _, path := range []string{"/readyz?verbose", "/healthz?verbose", "/livez?verbose"} {
				r := newRequest(path)
				r.RemoteAddr = c.peer
				if c.header != "" {
					r.Header.Set(c.header, "127.0.0.1")
				}
				w := newResponse()
				s.ServeHTTP(w, r)
				want := "[-]db failed: reason withheld (1.0ms)\n"
				if c.told || all {
					want = "[-]db failed: user shop at 10.0.0.7: refused (1.0ms)\n"
				}
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s for %q with %q, reasons for all %v: got\n%s\nwant %s", path, c.peer, c.header, all, w.Body, want)
				}
			}
		}
	}
}

func TestAdvisoryChecksAreShownAndDecideNothing(t *testing.T) {
	s := start(t, Options{Checks: func(k ...health.Kind) []health.Verdict {
		if k[0] == health.Advisory {
			return []health.Verdict{{Name: "log", Kind: health.Advisory, Err: "disk full"}}
		}
		return nil
	}}, nil)
	for path, want := range map[string]string{
		"/readyz":          "ok",
		"/healthz":         "ok",
		"/livez?verbose":   "[+]ping ok\nlivez check passed\n",
		"/readyz?verbose":  "[+]ping ok\n[-]log failed (advisory): disk full\n[+]shutdown ok\nreadyz check passed\n",
		"/healthz?verbose": "[+]ping ok\n[-]log failed (advisory): disk full\n[+]shutdown ok\nhealthz check passed\n",
	} {
		if resp, body := s.get(t, path); resp.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s: %d\n%s\nwant 200\n%s", path, resp.StatusCode, body, want)
		}
	}
	if _, body := s.get(t, "/metrics"); !strings.Contains(body, `gind_check_up{check="log",kind="advisory"} 0`) {
		t.Error("the metrics do not have the check \"log\" as 0")
	}
}

func TestOwnEndpointsCanOnlyBeRead(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, path := range []string{"/livez", "/metrics", "/version"} {
		if resp, _ := s.ask(t, http.MethodPost, path, strings.NewReader("x")); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: got %d and Allow %q, want 405 and GET, HEAD", path, resp.StatusCode, resp.Header.Get("Allow"))
		}
		s.expect(t, "HEAD "+path, http.StatusOK, "", "")
	}
}

func TestTheApplicationsOwnRouteWinsAndItsCatchAllDoesNot(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) {
		e.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "mine") })
		e.GET("/:any", func(c *gin.Context) { c.String(http.StatusOK, "any") })
	})
	for path, want := range map[string]string{"/healthz": "mine", "/livez": "ok", "/other": "any"} {
		s.expect(t, "GET "+path, http.StatusOK, "", want)
	}
}

func TestVersion(t *testing.T) {
	s := start(t, Options{Version: Version{Name: "shop", Version: "1.2.3", Commit: "abc"}}, nil)
	resp, body := s.get(t, "/version")
	var v map[string]string
	decode(t, body, &v)
	if resp.Header.Get("Content-Type") != "application/json" || v["name"] != "shop" || v["version"] != "1.2.3" ||
		v["commit"] != "abc" || !strings.HasPrefix(v["go"], "go1.") {
		t.Errorf("GET /version: got %s, want application/json with shop, 1.2.3, abc and go1.…", answerOf(resp, body))
	}
}

func TestMetricsHaveRoutesAndBoundedLabels(t *testing.T) {
	s := start(t, Options{
		Version: Version{Name: "shop", Version: "1.2.3"},
		Checks: func(k ...health.Kind) []health.Verdict {
			if k[0] == health.Live {
				return nil
			}
			return []health.Verdict{{Name: "db", Latency: time.Second}, {Name: "db", OK: true}} // twice must not break it
		},
	}, func(e *gin.Engine) {
		e.GET("/users/:id", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
		e.Handle("BREW", "/pot", func(c *gin.Context) { c.Status(http.StatusTeapot) })
	})
	for _, path := range []string{"/users/1", "/users/2", "/no/1", "/no/2", "/no/3"} {
		s.get(t, path)
	}
	s.ask(t, "BREW", "/pot", nil)
	eventually(t, "the requests are counted and their connections closed", func() bool {
		st := s.Stats()
		return st.Total == 6 && st.Connections == 0
	})
	_, body := s.get(t, "/metrics")
	for _, want := range []string{
		`http_request_duration_seconds_count{code="200",method="GET",route="/users/:id"} 2`,
		`http_request_duration_seconds_count{code="404",method="GET",route="none"} 3`,
		`http_request_duration_seconds_count{code="418",method="other",route="/pot"} 1`,
		`http_responses_total{class="2xx"} 2`,
		`http_responses_total{class="4xx"} 4`,
		`http_requests_in_flight 1`,
		`http_connections{state="active"} 1`,
		`gind_build_info{commit="",goversion="go1.`,
		`gind_check_up{check="db",kind="ready"} 0`,
		`gind_check_latency_seconds{check="db",kind="ready"} 1`,
		`gind_draining 0`,
		`process_open_fds `,
		`go_goroutines `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if strings.Contains(body, "/no/") || strings.Contains(body, "BREW") {
		t.Error("what a client sent became a label")
	}
}

func TestMetricsSeriesAreBounded(t *testing.T) {
	s := prepare(t, Options{}, nil)
	for i := range maxSeries + 100 {
		x := &exchange{server: s.Server, method: http.MethodGet, route: "/" + strings.Repeat("x", i%50) + string(rune('a'+i/50)), status: 200}
		s.metrics.observe(x, time.Millisecond)
	}
	if n := len(*s.metrics.series.Load()); n > maxSeries {
		t.Errorf("%d series", n)
	}
	families, err := s.options.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var other uint64
	for _, f := range families {
		if f.GetName() != "http_request_duration_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			if strings.Contains(m.String(), `"other"`) {
				other += m.GetHistogram().GetSampleCount()
			}
		}
	}
	if other != 100 {
		t.Errorf("%d requests in the route %q, want 100", other, routeOther)
	}
}
