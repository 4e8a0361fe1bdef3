package server

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"
)

func shop(origins ...string) CORS {
	return CORS{
		AllowOrigins: origins, AllowMethods: []string{"GET", "PUT"},
		AllowHeaders: []string{"Content-Type"}, MaxAge: 10 * time.Minute,
	}
}

func TestCORS(t *testing.T) {
	s := start(t, Options{Live: Limits{CORS: shop("https://app.example.org", "http://localhost:3000")}}, func(e *gin.Engine) {
		e.PUT("/thing", func(c *gin.Context) { c.String(http.StatusOK, "put") })
		e.GET("/thing", func(c *gin.Context) { c.String(http.StatusOK, "got") })
	})
	for _, origin := range []string{"https://app.example.org", "http://localhost:3000"} {
		resp, body := s.get(t, "/thing", "Origin: "+origin)
		h := resp.Header
		if body != "got" || h.Get("Access-Control-Allow-Origin") != origin || h.Get("Vary") != "Origin" ||
			h.Get("Access-Control-Expose-Headers") != "X-Request-Id" {
			t.Errorf("origin %s: got %q and the headers %v, want \"got\", the origin allowed, Vary and X-Request-Id exposed", origin, body, h)
		}
		resp, _ = s.ask(t, http.MethodOptions, "/thing", nil, "Origin: "+origin, "Access-Control-Request-Method: PUT")
		h = resp.Header
		if resp.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Methods") != "GET,PUT" ||
			h.Get("Access-Control-Max-Age") != "600" || h.Get("Access-Control-Allow-Origin") != origin {
			t.Errorf("preflight of %s: got %d and the headers %v, want 204, GET,PUT for 600 s", origin, resp.StatusCode, h)
		}
	}
	for _, origin := range []string{"https://evil.example.org", "https://app.example.org.evil.com", "http://app.example.org", "null"} {
		resp, body := s.get(t, "/thing", "Origin: "+origin)
		if resp.StatusCode != http.StatusForbidden || body != "" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("origin %s: got %s and the headers %v, want 403, no body and the origin not allowed", origin, answerOf(resp, body), resp.Header)
		}
	}
	if resp, body := s.get(t, "/thing"); body != "got" || resp.Header.Get("Vary") != "Origin" {
		t.Errorf("no origin: got %q and the headers %v, want \"got\" and Vary: Origin", body, resp.Header)
	}
	if resp, body := s.get(t, "/thing", "Origin: "+s.url); body != "got" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("same origin: got %q and the headers %v, want \"got\" without a word on origins", body, resp.Header)
	}

	s.change(t, func(l *Limits) { l.CORS = CORS{} })
	if resp, body := s.get(t, "/thing", "Origin: https://app.example.org"); body != "got" || resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without a policy: got %q and the headers %v, want \"got\" without a word on origins", body, resp.Header)
	}
	s.change(t, func(l *Limits) { l.CORS = shop("*") })
	if resp, _ := s.get(t, "/thing", "Origin: https://anybody.example.org"); resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("wildcard: got the headers %v, want every origin allowed", resp.Header)
	}
}

func TestRequestsOfTheServicesOwnPagesAreServedBehindAProxyThatRewritesHost(t *testing.T) {
	routes := func(e *gin.Engine) { e.POST("/thing", func(c *gin.Context) { c.String(http.StatusOK, "done") }) }
	live := Limits{CORS: shop("https://app.example.org")}
	const own, forwarded = "Origin: https://shop.example", "X-Forwarded-Host: shop.example"
	for _, c := range []struct {
		trusted []string
		headers []string
		status  int
	}{
		{nil, []string{own}, 403},
		{nil, []string{own, "Sec-Fetch-Site: same-origin"}, 200},
		{nil, []string{own, "Sec-Fetch-Site: cross-site"}, 403},
		{nil, []string{own, "Sec-Fetch-Site: same-site"}, 403},
		{nil, []string{"Origin: null", "Sec-Fetch-Site: none"}, 403},
		{nil, []string{own, forwarded}, 403},
		{[]string{"10.0.0.0/8", "unix"}, []string{own, forwarded}, 403},
		{[]string{"127.0.0.0/8"}, []string{own, forwarded}, 200},
		{[]string{"::ffff:127.0.0.0/104"}, []string{own, forwarded}, 200},
		{[]string{"127.0.0.1"}, []string{own, "X-Forwarded-Host: SHOP.example:443, inner"}, 200},
		{[]string{"127.0.0.1"}, []string{"Origin: http://shop.example", "X-Forwarded-Host: shop.example:80"}, 200},
		{[]string{"127.0.0.1"}, []string{"Origin: https://shop.example:8443", "X-Forwarded-Host: shop.example:8443"}, 200},
		{[]string{"127.0.0.1"}, []string{own, "X-Forwarded-Host: shop.example.evil.example"}, 403},
		{[]string{"127.0.0.1"}, []string{"Origin: https://evil.example", forwarded}, 403},
		{[]string{"127.0.0.1"}, []string{own, forwarded, "Sec-Fetch-Site: cross-site"}, 403},
		{[]string{"127.0.0.1"}, []string{"Origin: null", "X-Forwarded-Host: null"}, 403},
		{[]string{"127.0.0.1"}, []string{"Origin: https://app.example.org", forwarded}, 200},
	} {
		s := start(t, Options{Live: live, TrustedProxies: c.trusted}, routes)
		if resp, body := s.ask(t, http.MethodPost, "/thing", nil, c.headers...); resp.StatusCode != c.status {
			t.Errorf("%q from a proxy, trusted %q: got %s, want %d", c.headers, c.trusted, answerOf(resp, body), c.status)
		}
	}
}

func TestTheLogSaysWhyARequestOfAnotherOriginWasRefused(t *testing.T) {
	s := start(t, Options{Live: Limits{CORS: shop("https://app.example.org")}}, nil)
	s.expect(t, "OPTIONS /thing", http.StatusForbidden, "", "", "Origin: https://evil.example", "Access-Control-Request-Method: PUT")
	r := s.log.await(t, slog.LevelWarn, 1)[0]
	if want := "the origin https://evil.example is not allowed"; attr(r, "error") != want || !strings.HasSuffix(r.Message, want) {
		t.Errorf("got the record %v, want the reason %q", r, want)
	}
}

func TestBadCORSPoliciesAreRefused(t *testing.T) {
	defer gin.SetMode(gin.TestMode)
	production, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	test := prepare(t, Options{}, nil).Server
	for _, c := range []struct {
		server *Server
		cors   CORS
		want   string
	}{
		{production, shop("*"), "not allowed in production"},
		{test, CORS{AllowOrigins: []string{"*"}, AllowCredentials: true}, "credentials"},
		{test, shop("*", "https://a.example"), "stand alone"},
		{test, shop("app.example.org"), "not an origin"},
		{test, shop("https://app.example.org/"), "not an origin"},
		{test, shop("https://*.example.org"), "not an origin"},
		{test, shop("https://user@app.example.org"), "not an origin"},
		{test, shop("/(/"), "not an origin"},
		{test, shop(""), "not an origin"},
		{test, shop("ftp://app.example.org\x00"), "not an origin"},
		{test, shop("javascript:alert(1)"), "not an origin"},
	} {
		before := c.server.live.Load()
		commit, err := c.server.Prepare(Limits{CORS: c.cors})
		if err == nil || commit != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %s", c.cors.AllowOrigins, err, c.want)
		}
		if c.server.live.Load() != before {
			t.Errorf("%q: the limits changed", c.cors.AllowOrigins)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	s := start(t, Options{Live: Limits{MaxBody: 1000}}, func(e *gin.Engine) {
		e.POST("/read", func(c *gin.Context) {
			body, err := io.ReadAll(c.Request.Body)
			if err != nil {
				return // gives up without a word
			}
			c.String(http.StatusOK, "%d", len(body))
		})
	})
	sized := func(n int) io.Reader { return strings.NewReader(strings.Repeat("x", n)) }
	chunked := func(n int) io.Reader { return io.MultiReader(sized(n)) }
	for _, c := range []struct {
		name string
		body io.Reader
		code int
		want string
	}{
		{"at the limit", sized(1000), 200, "1000"},
		{"above it", sized(1001), 413, "413 "},
		{"chunked, at the limit", chunked(1000), 200, "1000"},
		{"chunked, above it", chunked(1001), 413, "413 "},
		{"chunked, far above it", chunked(1 << 20), 413, "413 "},
	} {
		if resp, body := s.ask(t, http.MethodPost, "/read", c.body); resp.StatusCode != c.code || !strings.HasPrefix(body, c.want) {
			t.Errorf("%s: got %s, want %d and a body that begins with %q", c.name, answerOf(resp, body), c.code, c.want)
		}
	}
	s.change(t, func(l *Limits) { l.MaxBody = 0 })
	if _, body := s.ask(t, http.MethodPost, "/read", sized(2<<20)); body != "2097152" {
		t.Errorf("no limit: got %q, want 2097152", body)
	}
}

func TestTenGigabytesAreRefusedWithoutReading(t *testing.T) {
	s := start(t, Options{Live: Limits{MaxBody: 10 << 20}}, func(e *gin.Engine) {
		e.POST("/upload", func(*gin.Context) { t.Error("the handler was called") })
	})
	for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n", 10<<30, expect)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !resp.Close {
			t.Errorf("10 GB with %q: got %s (error %v), want 413 and a closed connection", expect, answerOf(resp, ""), err)
		}
	}
	s.log.await(t, slog.LevelWarn, 2)
}

// Two sets of limits are swapped under load. Each differs in the origin that is
// allowed and in the folder that is served: no answer may be of both.
func TestNoRequestSeesHalfAChange(t *testing.T) {
	t.Parallel()
	limits := func(name string) Limits {
		return Limits{
			StaticRoot: writeTree(t, map[string]string{"who.txt": name}),
			CORS:       shop("https://" + name + ".example"),
			MaxBody:    1 << 20,
		}
	}
	sets := []Limits{limits("a"), limits("b")}
	s := start(t, Options{Live: sets[0]}, nil)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		clients.Go(func() {
			client := &http.Client{}
			for served := 0; ; {
				select {
				case <-stop:
					if served == 0 {
						t.Errorf("%s was never served", name)
					}
					return
				default:
				}
				r, _ := http.NewRequest(http.MethodGet, s.url+"/who.txt", nil)
				r.Header.Set("Origin", "https://"+name+".example")
				resp, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				switch {
				case resp.StatusCode == http.StatusForbidden && len(body) == 0:
				case resp.StatusCode == http.StatusOK && string(body) == name:
					served++
				default:
					t.Errorf("origin %s got %d %q", name, resp.StatusCode, body)
					return
				}
			}
		})
	}
	for i := range 300 {
		commit, err := s.Prepare(sets[i%2])
		if err != nil {
			t.Fatal(err)
		}
		commit()
		time.Sleep(500 * time.Microsecond)
	}
	close(stop)
	clients.Wait()
}

func TestReplacedRootsAreClosedWhenTheirLastRequestIsDone(t *testing.T) {
	fds := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc/self/fd")
		}
		return len(entries)
	}
	root := writeTree(t, map[string]string{"index.html": "hello"})
	s := prepare(t, Options{Live: Limits{StaticRoot: root}}, nil)
	before := fds()
	for range 200 {
		s.change(t, func(*Limits) {})
	}
	eventually(t, "descriptors are as before", func() bool { return fds() <= before })
	if got := serve(s, newRequest("/")); got.StatusCode != http.StatusOK {
		t.Errorf("after the changes: got %d, want 200", got.StatusCode)
	}
}

func TestFallbackIsServedUnlessARootIsSet(t *testing.T) {
	page := func(text string) fstest.MapFS { return fstest.MapFS{"index.html": {Data: []byte(text)}} }
	s := start(t, Options{Fallback: page("built in")}, nil)
	expect := func(want string) {
		t.Helper()
		s.expect(t, "GET /", http.StatusOK, "", want)
	}
	expect("built in")
	s.change(t, func(l *Limits) { l.StaticRoot = writeTree(t, map[string]string{"index.html": "mine"}) })
	expect("mine")
	if err := s.SetFallback(page("new")); err != nil {
		t.Fatal(err)
	}
	expect("mine")
	s.change(t, func(l *Limits) { l.StaticRoot = "" })
	expect("new")
	if _, err := s.Prepare(Limits{StaticRoot: "/nowhere/at/all"}); err == nil || !strings.Contains(err.Error(), "/nowhere/at/all") {
		t.Errorf("got the error %v, want one that names /nowhere/at/all", err)
	}
	expect("new")
}
