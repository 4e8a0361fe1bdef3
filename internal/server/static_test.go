package server

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

// countingListener counts the bytes that net/http hands to ReadFrom, which is
// where the kernel copies from file to socket.
type countingListener struct {
	net.Listener
	sent *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countingConn{conn.(*net.TCPConn), l.sent}, nil
}

type countingConn struct {
	*net.TCPConn
	sent *atomic.Int64
}

func (c *countingConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(r)
	c.sent.Add(n)
	return n, err
}

func TestFilesCanGoThroughSendfile(t *testing.T) {
	content := strings.Repeat("0123456789", 100_000)
	root := writeTree(t, map[string]string{"large.txt": content, "large.css": content, "large.css.gz": content})
	s := prepare(t, Options{Live: Limits{StaticRoot: root}}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	s.serveOn(t, countingListener{l, &sent})
	for _, path := range []string{"/large.txt", "/large.css"} {
		sent.Store(0)
		resp, body := s.get(t, path, "Accept-Encoding: gzip")
		if body != content || resp.ContentLength != int64(len(content)) {
			t.Errorf("%s: %d bytes, length %d", path, len(body), resp.ContentLength)
		}
		eventually(t, "nearly all bytes went through ReadFrom", func() bool { return sent.Load() >= int64(len(content))-1024 })
	}
	eventually(t, "the bytes are counted", func() bool { return s.Stats().Bytes == uint64(2*len(content)) })
}

func TestALargeFileHasTheTimeItTakes(t *testing.T) {
	t.Parallel()
	root := writeTree(t, map[string]string{"large.bin": strings.Repeat("x", 16<<20)})
	s := start(t, Options{Live: Limits{Timeouts: Timeouts{WriteTimeout: 100 * time.Millisecond}, StaticRoot: root}}, nil)
	resp, err := http.Get(s.url + "/large.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	time.Sleep(300 * time.Millisecond) // the socket's buffers are full
	if n, err := io.Copy(io.Discard, resp.Body); n != 16<<20 || err != nil {
		t.Errorf("got %d bytes (error %v), want %d", n, err, 16<<20)
	}
}

func TestNotFoundIsThePageOfTheTreeForBrowsersOnly(t *testing.T) {
	s := start(t, Options{Fallback: fstest.MapFS{
		"index.html": {Data: []byte("index")}, "404.html": {Data: []byte("<p>not here</p>")},
	}}, nil)
	resp := s.expect(t, "GET /nothing", http.StatusNotFound, "text/html; charset=utf-8", "<p>not here</p>",
		"Accept: text/html,application/xhtml+xml,*/*;q=0.8")
	if tag := resp.Header.Get("Etag"); tag != "" {
		t.Errorf("GET /nothing: Etag is %q, want none", tag)
	}
	s.expect(t, "GET /nothing", http.StatusNotFound, "", "404 Not Found\n")
	if resp, body := s.get(t, "/nothing", "Accept: application/json"); !strings.HasPrefix(body, `{"type":`) {
		t.Errorf("GET /nothing as JSON: got %s, want a problem", answerOf(resp, body))
	}
	s.expect(t, "POST /nothing", http.StatusNotFound, "", "404 Not Found\n", "Accept: text/html")
	resp = s.expect(t, "POST /", http.StatusMethodNotAllowed, "", "405 Method Not Allowed\n")
	if got := resp.Header.Get("Allow"); got != "GET, HEAD" {
		t.Errorf("POST /: Allow is %q, want GET, HEAD", got)
	}
}

func TestALinkOutOfTheStaticRootIsInTheLogOnce(t *testing.T) {
	folder := writeTree(t, map[string]string{"elsewhere.txt": "out", "root/index.html": "in"})
	root := filepath.Join(folder, "root")
	if err := os.Symlink("../elsewhere.txt", filepath.Join(root, "file.txt")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	s := start(t, Options{Live: Limits{StaticRoot: root}}, nil)
	for range 3 {
		s.expect(t, "GET /file.txt", http.StatusNotFound, "", "404 Not Found\n")
	}
	var told []string
	for _, r := range s.log.all() {
		if link := attr(r, "link"); link != "" {
			told = append(told, link)
		}
	}
	if want := filepath.ToSlash(root) + "/file.txt"; len(told) != 1 || told[0] != want {
		t.Errorf("the log tells of the links %q, want of %s once", told, want)
	}
}
