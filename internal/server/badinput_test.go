package server

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// raw sends bytes and returns everything that comes back.
func raw(t *testing.T, addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	go func() { _, _ = io.WriteString(conn, request) }() // it may be refused half-way
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func statusOf(answer string) string {
	line, _, _ := strings.Cut(answer, "\r\n")
	_, status, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(status, " ")
	return code
}

func TestHugeHeadersAreRefused(t *testing.T) {
	s := start(t, Options{}, func(e *gin.Engine) { e.GET("/", func(c *gin.Context) { c.Status(http.StatusOK) }) })
	for name, header := range map[string]string{
		"1 MB in one header": "X-Big: " + strings.Repeat("a", 1<<20),
		"1 MB in many":       strings.Repeat("X-Many: "+strings.Repeat("b", 1000)+"\r\n", 1000) + "X-Last: 1",
		"1 MB path":          "",
	} {
		path := "/"
		if header == "" {
			path += strings.Repeat("c", 1<<20)
			header = "X-A: 1"
		}
		answer := raw(t, s.addr, "GET "+path+" HTTP/1.1\r\nHost: x\r\n"+header+"\r\n\r\n")
		if statusOf(answer) != "431" {
			t.Errorf("%s: got %.100q, want 431", name, answer)
		}
	}
	fits := raw(t, s.addr, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Fits: "+strings.Repeat("a", 60<<10)+"\r\n\r\n")
	if statusOf(fits) != "200" {
		t.Errorf("60 KB: got %.100q, want 200", fits)
	}
}

func TestSlowClientsDoNotStopTheOthersAndAreGivenUpOn(t *testing.T) {
	t.Parallel()
	const slow = 500
	s := start(t, Options{Live: Limits{Timeouts: Timeouts{ReadHeaderTimeout: 400 * time.Millisecond}}}, func(e *gin.Engine) {
		e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	})
	var dropped atomic.Int32
	for range slow {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			for _, b := range []byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") {
				if _, err := conn.Write([]byte{b}); err != nil {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
		go func() {
			_, _ = io.ReadAll(conn)
			dropped.Add(1)
		}()
	}
	eventually(t, "they are connected", func() bool { return s.Stats().Connections+int(dropped.Load()) >= slow })
	k := dial(t, s.addr)
	for range 200 {
		k.send("/")
		if _, body := k.receive(t); body != "ok" {
			t.Fatalf("GET / beside slow clients: got %q, want \"ok\"", body)
		}
	}
	eventually(t, "they are given up on", func() bool { return dropped.Load() == slow })
	if st := s.Stats(); st.Total != 200 {
		t.Errorf("%d requests, want 200", st.Total)
	}
}

// The secret lies beside the root, behind every spelling of "../", and behind
// a symbolic link that leaves the root.
func TestThereIsNoWayOutOfTheStaticRoot(t *testing.T) {
	folder := writeTree(t, map[string]string{
		"secret.txt":              "SECRET",
		"root/index.html":         "index",
		"root/ok.txt":             "fine",
		"root/deep/file.txt":      "deep",
		"root/.env":               "SECRET",
		"root/.git/config":        "SECRET",
		"root/deep/.hidden.txt":   "SECRET",
		"root/.well-known/me.txt": "known",
	})
	root := filepath.Join(folder, "root")
	links := true
	for name, target := range map[string]string{
		"out.txt": "../secret.txt", "abs.txt": filepath.Join(folder, "secret.txt"), "up": "..", "in.txt": "deep/file.txt",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			links = false
		}
	}
	s := start(t, Options{Live: Limits{StaticRoot: root, SPA: true}}, nil)
	for _, path := range []string{
		"/../secret.txt", "/..%2fsecret.txt", "/..%2Fsecret.txt", "/%2e%2e/secret.txt", "/%2E%2E/secret.txt",
		"/%2e%2e%2fsecret.txt", "/.%2e/secret.txt", "/%2e./secret.txt", "/..%5csecret.txt", "/..\\secret.txt",
		"/deep/../../secret.txt", "/deep/..%2f..%2fsecret.txt", "/..%252fsecret.txt", "/%252e%252e/secret.txt",
		"/..%c0%afsecret.txt", "/%c0%ae%c0%ae/secret.txt", "/..%ef%bc%8fsecret.txt", "/%uff0e%uff0e/secret.txt",
		"/..;/secret.txt", "/./../secret.txt", "//../secret.txt", "///secret.txt", "/..//secret.txt",
		"/secret.txt%00.html", "/..%00/secret.txt", "/ok.txt%00", "/ok.txt\x00", "/%ff%fe", "/\xff\xfe", "/deep/\xc3\x28",
		"/out.txt", "/abs.txt", "/up/secret.txt", "/up/", "/../root/../secret.txt", "/ok.txt/../../secret.txt",
		"/.env", "/%2eenv", "/.git/config", "/.git/", "/.git", "/deep/.hidden.txt", "/./.env", "/x/.well-known/me.txt",
		"/ok.txt/", "/deep", "/deep/", "/ok.txt::$DATA", "/OK~1.TXT ", "/file://secret.txt", "*",
	} {
		answer := raw(t, s.addr, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if strings.Contains(answer, "SECRET") {
			t.Errorf("%q: the secret is out: %q", path, answer)
		}
		if code := statusOf(answer); code != "400" && code != "404" && path != "*" {
			t.Errorf("GET %q: got %s, want 400 or 404", path, code)
		}
		// A browser gets the application's page for a path that is only missing,
		// never for one that is hidden or bad.
		answer = raw(t, s.addr, "GET "+path+" HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
		if strings.Contains(answer, "SECRET") || strings.Contains(path, "/.") && statusOf(answer) == "200" {
			t.Errorf("GET %q as a navigation: got %q, want no secret, and no page for what is hidden", path, answer)
		}
	}
	good := map[string]string{"/": "index", "/ok.txt": "fine", "/deep/file.txt": "deep", "/.well-known/me.txt": "known", "/%6fk.txt": "fine"}
	if links {
		good["/in.txt"] = "deep"
	}
	for path, want := range good {
		s.expect(t, "GET "+path, http.StatusOK, "", want)
	}
}

func TestOddRequestsGetAnAnswerAndNeverAPanic(t *testing.T) {
	s := start(t, Options{Live: Limits{MaxBody: 100, StaticRoot: writeTree(t, map[string]string{"a.txt": "a"})}}, func(e *gin.Engine) {
		e.POST("/read", func(c *gin.Context) { _, _ = io.Copy(io.Discard, c.Request.Body) })
	})
	for request, want := range map[string]string{
		"GET /a.txt HTTP/1.1\r\n\r\n":                                                                                   "400", // no Host
		"GET /a.txt HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n":                                                             "400",
		"GET /a.txt HTTP/9.9\r\nHost: x\r\n\r\n":                                                                        "505",
		"GET /a.txt HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n":                                                       "400",
		"GET /a.txt HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n":                                                           "400",
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n":                                                                          "400",
		"GET a.txt HTTP/1.1\r\nHost: x\r\n\r\n":                                                                         "400",
		"POST /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n":                             "405",
		"GET /livez?%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                               "400",
		"GET /livez?a;b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                               "400",
		"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\nConnection: close\r\n\r\n":                                            "400",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                                    "200",
		"GET /a.txt HTTP/1.0\r\n\r\n":                                                                                   "200",
		"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n":                                                  "400",
		"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n":                              "400",
		"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFFFFFFFF\r\n": "200",
		"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n":                                             "501",
		"\x16\x03\x01\x02\x00\x01\x00\x01":                                                                              "",
		"":                                                                                                              "",
	} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprint(conn, request)
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if got := statusOf(string(answer)); got != want && (want != "" || got != "400") {
			t.Errorf("%q: got %.60q, want status %q", request, answer, want)
		}
	}
	for _, r := range s.log.all() {
		if attr(r, "panic") != "" {
			t.Errorf("a panic: %v", r)
		}
	}
}
