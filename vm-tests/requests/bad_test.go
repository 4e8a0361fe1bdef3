//go:build linux

package requests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// exchange sends bytes as they are and reads what comes back.
func exchange(t *testing.T, m *machine.Machine, request string) (service.Answer, error) {
	t.Helper()
	conn, err := m.Dial(context.Background(), "tcp", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	// The service may answer and close before it has read everything.
	go func() { _, _ = io.WriteString(conn, request) }()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return service.Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return service.Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}, err
}

func TestTooMuchIsRefused(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		for name, c := range map[string]struct {
			request string
			want    int
		}{
			"a header of 1 MB":        {"GET / HTTP/1.1\r\nHost: x\r\nX-Big: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
			"a body of 10 GB":         {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n", http.StatusRequestEntityTooLarge},
			"a length that overflows": {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", http.StatusBadRequest},
			"a negative length":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", http.StatusBadRequest},
			"two lengths":             {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", http.StatusBadRequest},
			"no host":                 {"GET / HTTP/1.1\r\n\r\n", http.StatusBadRequest},
		} {
			got, err := exchange(t, m, c.request)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got.Status != c.want {
				t.Errorf("%s: status %d, want %d", name, got.Status, c.want)
			}
		}
		wantUnharmed(t, m)
	})
}

// 500 clients that send a byte a second get no longer than the header may
// take, and others are served meanwhile.
func TestSlowlorisHoldsNobodyUp(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "server:", "  read_header_timeout: 3s")
		m.Run("systemctl restart gind")
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		defer stop()
		var slow sync.WaitGroup
		for range 500 {
			conn, err := m.Dial(ctx, "tcp", "127.0.0.1:8080")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			slow.Go(func() { dribble(ctx, conn) })
		}

		client, begun := m.HTTP(), time.Now()
		for time.Since(begun) < 5*time.Second {
			before := time.Now()
			if got := service.Get(t, client, "/"); got.Status != http.StatusOK {
				t.Fatalf("status %d", got.Status)
			}
			if took := time.Since(before); took > time.Second {
				t.Errorf("a request took %v", took)
			}
		}
		slow.Wait()
		if ctx.Err() != nil {
			t.Error("slow clients are kept for longer than read_header_timeout")
		}
		wantUnharmed(t, m)
	})
}

// dribble sends a header a byte a second until the service closes the connection.
func dribble(ctx context.Context, conn net.Conn) {
	go func() {
		for _, b := range []byte("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + strings.Repeat("a", 1000)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_, _ = io.Copy(io.Discard, conn)
}

func TestNoWayOutOfTheRoot(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		const secret = "nobody may read this"
		m.Write("/srv/secret.txt", secret)
		m.Write("/srv/site/index.html", "the site")
		m.Write("/srv/site/.hidden", secret)
		m.Write("/srv/site/.git/config", secret)
		m.Write("/srv/site/folder/page.html", "a page")
		m.Run("ln -s /srv/secret.txt /srv/site/link && ln -s ../secret.txt /srv/site/relative && ln -s .. /srv/site/up" +
			" && ln -s page.html /srv/site/folder/inside.html")
		service.Configure(m, "static:", "  root: /srv/site")
		m.Run("systemctl restart gind")

		for _, path := range []string{
			"/../secret.txt", "/../../etc/passwd", "/folder/../../secret.txt", "//../secret.txt", "/./../secret.txt",
			"/..%2fsecret.txt", "/..%2Fsecret.txt", "/%2e%2e/secret.txt", "/%2E%2E%2Fsecret.txt", "/.%2e/secret.txt",
			"/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/..%252fsecret.txt", "/%252e%252e/secret.txt",
			"/..\\secret.txt", "/..%5csecret.txt", "/..%c0%afsecret.txt", "/%c0%ae%c0%ae/secret.txt", "/..%ef%bc%8fsecret.txt",
			"/..;/secret.txt", "/....//secret.txt", "/folder/..%2f..%2fsecret.txt", "/%00/../secret.txt", "/secret.txt%00.html",
			"/link", "/relative", "/up/secret.txt", "/up/site/index.html", "/.hidden", "/.git/config", "/%2ehidden", "/folder/../.hidden",
			"/folder", "/folder/",
		} {
			got, err := exchange(t, m, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if strings.Contains(got.Body, secret) || strings.Contains(got.Body, "root:") || strings.Contains(got.Body, "page.html") {
				t.Errorf("%s leads out of the root or into a listing: status %d: %s", path, got.Status, got.Body)
			}
			if got.Status < 300 || got.Status >= 500 {
				t.Errorf("%s: status %d", path, got.Status)
			}
		}
		for path, want := range map[string]string{"/": "the site", "/folder/page.html": "a page", "/folder/inside.html": "a page"} {
			if got := service.Get(t, m.HTTP(), path); got.Status != http.StatusOK || got.Body != want {
				t.Errorf("%s: status %d: %s", path, got.Status, got.Body)
			}
		}
		wantUnharmed(t, m)
	})
}

// Whatever is in a path or a header, a request is one record, and the record is text.
func TestLogStaysOneRecordARequest(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		junk := []string{
			"/a%00b", "/a%0ab%0dc", "/%ff%fe", "/\xff\xfe\x80", "/%1b%5b31mred", "/%e2%80%ae", "/" + strings.Repeat("%f0%9f%98%80", 500),
			"/%0aMESSAGE=forged%0aPRIORITY=0", "/\xe2\x28\xa1", "/a%20b?q=%0a%ff",
		}
		for i, path := range junk {
			got, err := exchange(t, m, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: junk-%d\r\n"+
				"User-Agent: \xff\xfe\x1b[31m\r\nReferer: \x80\x81\r\nConnection: close\r\n\r\n", path, i))
			if err != nil {
				t.Errorf("%q: %v", path, err)
				continue
			}
			if got.Status < 400 || got.Status >= 500 {
				t.Errorf("%q: status %d", path, got.Status)
			}
			// A request that net/http cannot read has no handler to log it.
			if got.Header.Get("X-Request-ID") == "" {
				continue
			}
			for field, value := range service.RecordOf(t, m, fmt.Sprintf("junk-%d", i)) {
				if !utf8.ValidString(value) || strings.ContainsAny(value, "\x00\x1b\r") || field == "MESSAGE" && strings.Contains(value, "\n") {
					t.Errorf("%q: the record's %s is not plain text: %q", path, field, value)
				}
			}
		}
		if forged := m.Journal("-u", "gind", "-p", "emerg"); len(forged) != 0 {
			t.Errorf("a request wrote a record of its own: %v", forged)
		}
		wantUnharmed(t, m)
	})
}

// wantUnharmed is what holds after bad input: the first process still serves,
// and nothing of what clients did is an error of the service.
func wantUnharmed(t *testing.T, m *machine.Machine) {
	t.Helper()
	if got := service.Get(t, m.HTTP(), "/livez"); got.Status != http.StatusOK {
		t.Errorf("/livez: status %d", got.Status)
	}
	if got := service.Property(m, "NRestarts"); got != "0" {
		t.Errorf("NRestarts=%s", got)
	}
	if errors := m.Journal("-u", "gind", "-p", "err"); len(errors) != 0 {
		t.Errorf("errors in the journal:\n%s", machine.Messages(errors))
	}
}
