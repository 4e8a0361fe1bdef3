package files

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var longAgo = time.Date(2020, 2, 2, 2, 2, 2, 123456789, time.UTC)

// tree writes files, all of the same age, and opens their folder.
func tree(t *testing.T, spa bool, contents map[string]string) (*Tree, string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := Open(root, spa, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr, root
}

// ask returns the answer to a request with headers as "Name: value", and what
// Serve did.
func ask(t *testing.T, tr *Tree, method, target string, headers ...string) (*http.Response, string, Outcome) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	outcome := tr.Serve(w, r)
	resp := w.Result()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body), outcome
}

func TestFoldersHaveAnIndexOrNothing(t *testing.T) {
	tr, _ := tree(t, false, map[string]string{
		"index.html": "top", "docs/index.html": "docs", "docs/a:b/index.html": "colon", "empty/file.txt": "x", "file.txt": "file",
	})
	for _, c := range []struct {
		target, location, body string
		outcome                Outcome
	}{
		{"/", "", "top", Served},
		{"/index.html", "", "top", Served},
		{"/docs/", "", "docs", Served},
		{"/docs", "./docs/", "", Served},
		{"/docs?a=1&b", "./docs/?a=1&b", "", Served},
		{"/docs/a:b", "./a:b/", "", Served},
		{"/empty", "", "", NotFound},
		{"/empty/", "", "", NotFound},
		{"/file.txt/", "", "", NotFound},
		{"//docs", "", "", NotFound},
		{"/nothing", "", "", NotFound},
		{"/docs/../file.txt", "", "", BadPath},
	} {
		resp, body, outcome := ask(t, tr, http.MethodGet, c.target)
		if outcome != c.outcome || body != c.body || resp.Header.Get("Location") != c.location {
			t.Errorf("%s: %v %q, location %q", c.target, outcome, body, resp.Header.Get("Location"))
		}
	}
	if _, _, outcome := ask(t, tr, http.MethodPost, "/file.txt"); outcome != BadMethod {
		t.Errorf("POST: %v", outcome)
	}
	if resp, body, outcome := ask(t, tr, http.MethodHead, "/file.txt"); outcome != Served || body != "" || resp.ContentLength != 4 {
		t.Errorf("HEAD: %v %q %v", resp, body, outcome)
	}
}

func TestOnlyNavigationsGetTheSinglePage(t *testing.T) {
	tr, _ := tree(t, true, map[string]string{"index.html": "app", "real.txt": "real"})
	const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, target, accept, body string
		outcome                      Outcome
	}{
		{"GET", "/users/7", browser, "app", Served},
		{"GET", "/users/7/", browser, "app", Served},
		{"GET", "/real.txt", browser, "real", Served},
		{"GET", "/missing.js", "Accept: */*", "", NotFound},
		{"GET", "/api/users", "Accept: application/json", "", NotFound},
		{"POST", "/users/7", browser, "", NotFound},
		{"GET", "/.git/config", browser, "", NotFound},
		{"GET", "/..%2fx", browser, "", BadPath},
	} {
		resp, body, outcome := ask(t, tr, c.method, c.target, c.accept)
		if body != c.body || outcome != c.outcome {
			t.Errorf("%s %s: %q %v", c.method, c.target, body, outcome)
		}
		if c.body == "app" && resp.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %v", c.target, resp.Header)
		}
	}
}

func TestValidatorsAndRanges(t *testing.T) {
	tr, root := tree(t, false, map[string]string{"a.txt": "0123456789"})
	resp, _, _ := ask(t, tr, "GET", "/a.txt")
	etag, modified := resp.Header.Get("Etag"), resp.Header.Get("Last-Modified")
	if !strings.HasPrefix(etag, `"`) || modified != "Sun, 02 Feb 2020 02:02:02 GMT" {
		t.Fatalf("%v", resp.Header)
	}
	for _, c := range []struct {
		headers []string
		code    int
		body    string
	}{
		{[]string{"If-None-Match: " + etag}, 304, ""},
		{[]string{`If-None-Match: "other", ` + etag}, 304, ""},
		{[]string{`If-None-Match: "other"`}, 200, "0123456789"},
		{[]string{"If-Modified-Since: " + modified}, 304, ""},
		{[]string{`If-Match: "other"`}, 412, ""},
		{[]string{"Range: bytes=2-4"}, 206, "234"},
		{[]string{"Range: bytes=-3"}, 206, "789"},
		{[]string{"Range: bytes=20-"}, 416, "invalid range: failed to overlap\n"},
		{[]string{"Range: bytes=2-4", "If-Range: " + etag}, 206, "234"},
		{[]string{"Range: bytes=2-4", `If-Range: "other"`}, 200, "0123456789"},
	} {
		if resp, body, _ := ask(t, tr, "GET", "/a.txt", c.headers...); resp.StatusCode != c.code || body != c.body {
			t.Errorf("%v: %d %q", c.headers, resp.StatusCode, body)
		}
	}
	// Another content of the same size and second is another entity.
	path := filepath.Join(root, "a.txt")
	if err := os.WriteFile(path, []byte("9876543210"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, longAgo, longAgo.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if resp, body, _ := ask(t, tr, "GET", "/a.txt", "If-None-Match: "+etag); resp.StatusCode != http.StatusOK || body != "9876543210" {
		t.Errorf("after a change: %d %q", resp.StatusCode, body)
	}
}

func TestPrecompressedSiblings(t *testing.T) {
	tr, root := tree(t, false, map[string]string{
		"app.js": "plain", "app.js.br": "brotli", "app.js.gz": "gzip!", "only.css": "plain", "only.css.gz": "gz",
		"pic.png": "png", "pic.png.gz": "never", "stale.txt": "new", "stale.txt.gz": "old", "404.html": "plain", "404.html.gz": "packed",
	})
	if err := os.Chtimes(filepath.Join(root, "stale.txt"), longAgo, longAgo.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	etags := map[string]string{}
	for _, c := range []struct{ target, accept, body, encoding string }{
		{"/app.js", "", "plain", ""},
		{"/app.js", "gzip, deflate, br, zstd", "brotli", "br"},
		{"/app.js", "gzip", "gzip!", "gzip"},
		{"/app.js", "GZIP", "gzip!", "gzip"},
		{"/app.js", "x-gzip", "gzip!", "gzip"},
		{"/app.js", "br;q=0.5, gzip;q=0.8", "gzip!", "gzip"},
		{"/app.js", "br;q=0, gzip", "gzip!", "gzip"},
		{"/app.js", "br;q=0.000, gzip;q=0", "plain", ""},
		{"/app.js", "*", "brotli", "br"},
		{"/app.js", "*;q=0.1, br;q=0", "gzip!", "gzip"},
		{"/app.js", "identity, gzip;q=0.5", "plain", ""},
		{"/app.js", "identity;q=0.5, gzip", "gzip!", "gzip"},
		{"/app.js", "identity;q=0, gzip", "gzip!", "gzip"},
		{"/app.js", "br;q=nonsense", "plain", ""},
		{"/app.js", "deflate, zstd", "plain", ""},
		{"/app.js", ", ,;;=,", "plain", ""},
		{"/only.css", "br, gzip", "gz", "gzip"},
		{"/pic.png", "gzip", "png", ""},
		{"/stale.txt", "gzip", "new", ""},
	} {
		resp, body, _ := ask(t, tr, "GET", c.target, "Accept-Encoding: "+c.accept)
		h := resp.Header
		if body != c.body || h.Get("Content-Encoding") != c.encoding || h.Get("Content-Length") != fmt.Sprint(len(c.body)) {
			t.Errorf("%s (%s): %q %v", c.target, c.accept, body, h)
		}
		if vary := h.Get("Vary"); (vary == "Accept-Encoding") == (c.target == "/pic.png") {
			t.Errorf("%s (%s): Vary %q", c.target, c.accept, vary)
		}
		if c.target == "/app.js" {
			if h.Get("Content-Type") != "text/javascript; charset=utf-8" {
				t.Errorf("%v", h)
			}
			etags[h.Get("Etag")] = c.encoding
		}
	}
	if len(etags) != 3 {
		t.Errorf("three representations have the validators %v", etags)
	}
	for etag, encoding := range etags {
		if encoding != "br" {
			continue
		}
		resp, body, _ := ask(t, tr, "GET", "/app.js", "Accept-Encoding: br", "If-None-Match: "+etag)
		if resp.StatusCode != http.StatusNotModified || body != "" || resp.Header.Get("Content-Length") != "" {
			t.Errorf("%v %q", resp, body)
		}
		resp, body, _ = ask(t, tr, "GET", "/app.js", "Accept-Encoding: br", "Range: bytes=0-1")
		if resp.StatusCode != http.StatusPartialContent || body != "br" || resp.Header.Get("Content-Length") != "2" {
			t.Errorf("%v %q", resp, body)
		}
		resp, body, _ = ask(t, tr, "GET", "/app.js", "Accept-Encoding: br", `If-Match: "other"`)
		if resp.StatusCode != http.StatusPreconditionFailed || body != "" || resp.Header.Get("Content-Length") != "" {
			t.Errorf("%v %q", resp, body)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if !tr.ServeNotFound(w, r) || w.Code != 404 || w.Body.String() != "packed" || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", w)
	}
}

func TestOnlyNamesWithAHashAreKeptForEver(t *testing.T) {
	for name, want := range map[string]bool{
		"app.3f2a9c1b.js": true, "static/main.0a1b2c3d4e5f6071.chunk.js": true, "style-9f86d081884c7d65.css": true,
		"index-B7x9Kq2T.js": true, "logo.3f2a9c1b.svg": true, "assets/vendor-a1b2c3d4.js.map": true,
		"app.js": false, "jquery-3.7.1.min.js": false, "report-20240131.pdf": false, "app-settings.js": false,
		"app-Settings.js": false, "deadbeef.js": false, "main.deadbeef.js": false, "app.12345678.js": false,
		"page.3f2a9c1b.html": false, "index.html": false, "3f2a9c1b": false, "bootstrap-5rc3beta.js": false,
		"photo-IMG00012.jpg": false, "a.3f2a9c1b": false, ".3f2a9c1b.js": false, "form-MainView2.js": false, "api-Version2.js": false, "x-facade12.js": false, "": false, "..": false,
	} {
		if got := hashed(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestContentTypes(t *testing.T) {
	tr, _ := tree(t, false, map[string]string{
		"a.html": "x", "a.css": "x", "a.mjs": "x", "a.json": "{}", "a.svg": "<svg/>", "a.wasm": "x", "a.WOFF2": "x", "a.unknown-x": "plain text",
		"LICENSE": "MIT", "page": "<html><script>alert(1)</script>", "blob": "\x00\x01\x02", "empty": "", "utf8": "größe",
	})
	for name, want := range map[string]string{
		"a.html": "text/html; charset=utf-8", "a.css": "text/css; charset=utf-8", "a.mjs": "text/javascript; charset=utf-8",
		"a.json": "application/json", "a.svg": "image/svg+xml", "a.wasm": "application/wasm", "a.WOFF2": "font/woff2",
		"a.unknown-x": "text/plain; charset=utf-8", "LICENSE": "text/plain; charset=utf-8",
		"page": "text/plain; charset=utf-8", // never active by its content alone
		"blob": "application/octet-stream", "empty": "text/plain; charset=utf-8", "utf8": "text/plain; charset=utf-8",
	} {
		resp, _, _ := ask(t, tr, "GET", "/"+name)
		if got := resp.Header.Get("Content-Type"); got != want || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestEmbeddedFilesAreKnownByTheirContent(t *testing.T) {
	tr := FromFS(fstest.MapFS{"a.txt": {Data: []byte("one")}, "b.txt": {Data: []byte("one")}, "c.txt": {Data: []byte("two")}}, false)
	etags := map[string]string{}
	for _, name := range []string{"a.txt", "b.txt", "c.txt", "a.txt"} {
		resp, _, _ := ask(t, tr, "GET", "/"+name)
		etags[name] = resp.Header.Get("Etag")
		if etags[name] == "" || resp.Header.Get("Last-Modified") != "" {
			t.Errorf("%s: %v", name, resp.Header)
		}
	}
	if etags["a.txt"] != etags["b.txt"] || etags["a.txt"] == etags["c.txt"] {
		t.Errorf("%v", etags)
	}
	if resp, _, _ := ask(t, tr, "GET", "/a.txt", "If-None-Match: "+etags["a.txt"]); resp.StatusCode != http.StatusNotModified {
		t.Errorf("%v", resp)
	}
	if _, _, outcome := ask(t, tr, "GET", "/"); outcome != NotFound {
		t.Errorf("%v", outcome)
	}
}

func TestOpenRefusesWhatIsNoFolder(t *testing.T) {
	_, root := tree(t, false, map[string]string{"file": "x"})
	for _, path := range []string{filepath.Join(root, "missing"), filepath.Join(root, "file")} {
		if tr, err := Open(path, false, nil); err == nil || tr != nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Every file of a real tree is served as it is on disk.
func TestARealTreeIsServedByteForByte(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no go command: ", err)
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "src", "net")
	tr, err := Open(root, false, nil)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = tr.Close() }()
	served := 0
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		_, body, outcome := ask(t, tr, "GET", (&url.URL{Path: "/" + name}).EscapedPath())
		if outcome != Served || sha256.Sum256([]byte(body)) != sha256.Sum256(want) {
			t.Errorf("%s: %v", name, outcome)
		}
		served++
		return nil
	})
	if err != nil || served < 100 {
		t.Errorf("%d files, %v", served, err)
	}
}

func FuzzNoPathLeavesTheTree(f *testing.F) {
	folder := f.TempDir()
	root := filepath.Join(folder, "root")
	for name, content := range map[string]string{"secret": "SECRET", "root/a": "a", "root/.b": "SECRET", "root/d/.e": "SECRET"} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		_ = os.MkdirAll(filepath.Dir(path), 0o755)
		_ = os.WriteFile(path, []byte(content), 0o644)
	}
	tr, err := Open(root, false, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"/a", "/../secret", "/..%2fsecret", "/%2e%2e/secret", "/.b", "/d/.e", "//", "/\x00", "/%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		tr.Serve(w, &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
		if strings.Contains(w.Body.String(), "SECRET") {
			t.Errorf("%q is a way out", target)
		}
	})
}
