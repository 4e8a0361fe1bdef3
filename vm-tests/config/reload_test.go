//go:build linux

package config

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

const page = "https://page.example.org"

func TestReloadTakesEffectOnOpenConnections(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "log:", "  level: info")
		m.Run("systemctl restart gind")
		kept := keepAlive(t, m)
		if got := kept.get(t, "/", "Origin: "+page); got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Fatal("the origin is allowed before it is in the list")
		}
		if records := m.Journal("-u", "gind", "PRIORITY=7"); len(records) != 0 {
			t.Fatalf("debug records at level info: %v", records)
		}

		service.Configure(m, "log:", "  level: debug", "cors:", "  allow_origins: ["+page+"]")
		m.Run("systemctl reload gind")
		got := kept.get(t, "/livez", "Origin: "+page, "X-Request-ID: probe-1")
		if got.Status != http.StatusOK {
			t.Errorf("status %d", got.Status)
		}
		if got := kept.get(t, "/", "Origin: "+page).Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("Access-Control-Allow-Origin: %q, want %q", got, page)
		}
		if record := service.RecordOf(t, m, "probe-1"); record["PRIORITY"] != "7" {
			t.Errorf("a probe at level debug: priority %s, want 7", record["PRIORITY"])
		}
		all := fmt.Sprint(m.Journal("-u", "gind"))
		for _, key := range []string{"cors.allow_origins", "log.level"} {
			if !strings.Contains(all, key) {
				t.Errorf("the journal does not say that %s changed: %s", key, all)
			}
		}
	})
}

func TestBadReloadSaysEveryMistakeAndChangesNothing(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "cors:", "  allow_origins: ["+page+"]")
		m.Run("systemctl restart gind")
		kept := keepAlive(t, m)
		service.Configure(m,
			"server:",
			"  read_timeout: 5",
			"  reed_timeout: 5s",
			"log:",
			"  level: loud")

		m.Fail(1, "systemctl reload gind")
		told := map[string]string{
			"gind reload":      m.Fail(78, "gind reload"),
			"gind check":       m.Fail(78, "gind check"),
			"systemctl status": m.Run("systemctl status --no-pager --full --lines=50 gind"),
			"journalctl":       machine.Messages(m.Journal("-u", "gind", "-p", "err")),
		}
		for where, text := range told {
			for _, mistake := range []string{
				`/etc/gind/gind\.yaml:2:17: server\.read_timeout\b`,
				`/etc/gind/gind\.yaml:3:3: server\.reed_timeout\b`,
				`/etc/gind/gind\.yaml:5:10: log\.level\b`,
			} {
				if !regexp.MustCompile(mistake).MatchString(text) {
					t.Errorf("%s does not say %s:\n%s", where, mistake, text)
				}
			}
		}
		if got := kept.get(t, "/", "Origin: "+page).Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("the old config does not serve any more: Access-Control-Allow-Origin: %q", got)
		}
		m.Run("systemctl is-active gind")
	})
}

// kept is one connection that is never opened anew.
type kept struct {
	conn   net.Conn
	reader *bufio.Reader
}

func keepAlive(t *testing.T, m *machine.Machine) *kept {
	t.Helper()
	conn, err := m.Dial(context.Background(), "tcp", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &kept{conn, bufio.NewReader(conn)}
}

func (k *kept) get(t *testing.T, path string, headers ...string) service.Answer {
	t.Helper()
	if _, err := fmt.Fprintf(k.conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, lines(headers)); err != nil {
		t.Fatalf("the kept connection: %v", err)
	}
	response, err := http.ReadResponse(k.reader, nil)
	if err != nil {
		t.Fatalf("the kept connection: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Close {
		t.Fatalf("the kept connection is closed: %v", err)
	}
	return service.Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

func lines(headers []string) string {
	var all strings.Builder
	for _, header := range headers {
		all.WriteString(header + "\r\n")
	}
	return all.String()
}
