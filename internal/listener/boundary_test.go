package listener

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// echo answers with the method and the number of body bytes that it read. With
// ?skip=1 it leaves the body unread.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	var n int64
	if r.URL.Query().Get("skip") == "" {
		n, _ = io.Copy(io.Discard, r.Body)
	}
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, "%s %d", r.Method, n)
})

func get() string { return "GET / HTTP/1.1\r\nHost: gind\r\n\r\n" }

func post(path string, size int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gind\r\nContent-Length: %d\r\n\r\n%s", path, size, strings.Repeat("b", size))
}

// chunked sends the size bytes of a body in chunks of at most 10,000 bytes.
func chunked(path string, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: gind\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n", path)
	for left := size; left > 0; {
		n := min(left, 10_000)
		fmt.Fprintf(&b, "%x;ext=1\r\n%s\r\n", n, strings.Repeat("c", n))
		left -= n
	}
	b.WriteString("0\r\nX-Sum: none\r\n\r\n")
	return b.String()
}

// readResponse returns the status and body of the next response, and whether
// it was the last.
func readResponse(t *testing.T, r *bufio.Reader) (body string, last bool) {
	t.Helper()
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("no response: %v", err)
	}
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("half a response: %v", err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", response.StatusCode, b)
	}
	return string(b), response.Close
}

// TestParkedExactlyBetweenRequests sends requests of all kinds, followed in the
// same piece by the beginning of one more. Up to three bytes of that go along
// with the connection; of four or more net/http has begun to parse, unknown how
// many, and the connection is parked only after they have been answered. (What
// follows a large body may be read by itself, and then goes along whole.)
func TestParkedExactlyBetweenRequests(t *testing.T) {
	requests := map[string]struct{ sent, answer string }{
		"GET":                 {get(), "GET 0"},
		"HTTP/1.0":            {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET 0"},
		"HEAD-like OPTIONS":   {"OPTIONS / HTTP/1.1\r\nHost: gind\r\n\r\n", "OPTIONS 0"},
		"line feeds only":     {"GET / HTTP/1.1\nHost: gind\n\n", "GET 0"},
		"body 0":              {post("/", 0), "POST 0"},
		"body 1":              {post("/", 1), "POST 1"},
		"body in the buffer":  {post("/", 3000), "POST 3000"},
		"body fills buffer":   {post("/", 4096), "POST 4096"},
		"body 1 MiB":          {post("/", 1<<20), "POST 1048576"},
		"chunked 0":           {chunked("/", 0), "POST 0"},
		"chunked 5":           {chunked("/", 5), "POST 5"},
		"chunked 1 MiB":       {chunked("/", 1<<20), "POST 1048576"},
		"unread body":         {post("/?skip=1", 100_000), "POST 0"},
		"unread chunked body": {chunked("/?skip=1", 100_000), "POST 0"},
		"three pipelined":     {get() + chunked("/", 5) + post("/", 7), "POST 7"},
	}
	next := post("/", 11)
	line := strings.Index(next, "\r\n") + 2
	for name, request := range requests {
		for _, extra := range []int{0, 1, 2, 3, 4, 5, line - 1, line, line + 6, len(next) - 12} {
			t.Run(fmt.Sprintf("%s and %d bytes", name, extra), func(t *testing.T) {
				t.Parallel()
				set := open(t)
				reads := watchReads(set)
				s := serve(t, set, echo)
				client := dial(t, set)
				answers := bufio.NewReader(client)
				go func() { _, _ = io.WriteString(client, request.sent+next[:extra]) }()
				for answer := ""; answer != request.answer; {
					answer, _ = readResponse(t, answers)
				}
				shelf := newShelf(1)
				reads.await(t, len(request.sent)+extra)
				parkable, _ := onlyConn(set).waits()
				if onePiece := len(request.sent) < 2048; parkable != (extra <= held) && (onePiece || extra <= held) {
					t.Fatalf("parkable: %v", parkable)
				}
				if parkable {
					s.freeze(t, shelf)
					p := shelf.take(t)
					if string(p.Head) != next[:extra] || !p.Used {
						t.Fatalf("parked with %q, used %v; want %q", p.Head, p.Used, next[:extra])
					}
					finish(t, p, client, answers, next[extra:])
					return
				}
				// The rest arrives: it must be answered here, whole.
				s.set.Freeze(shelf)
				if _, err := io.WriteString(client, next[extra:]); err != nil {
					t.Fatal(err)
				}
				if answer, last := readResponse(t, answers); answer != "POST 11" || last {
					t.Fatalf("answer %q, last %v", answer, last)
				}
				if p := shelf.take(t); len(p.Head) != 0 || !p.Used {
					t.Fatalf("parked with %q, used %v", p.Head, p.Used)
				}
			})
		}
	}
}

func onlyConn(set *Set) *Conn {
	set.mu.Lock()
	defer set.mu.Unlock()
	for c := range set.conns {
		return c
	}
	return nil
}

// finish adopts a parked connection, sends the rest of a request and expects
// the answer.
func finish(t *testing.T, p Parked, client net.Conn, answers *bufio.Reader, rest string) {
	t.Helper()
	next := serve(t, open(t), echo)
	if err := next.set.Adopt(p); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(client, rest); err != nil {
		t.Fatal(err)
	}
	if answer, _ := readResponse(t, answers); answer != "POST 11" {
		t.Fatalf("answer %q", answer)
	}
}
