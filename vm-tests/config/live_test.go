//go:build linux

package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// TestLimitsChangeLive for requests and connections that come after the reload,
// while a connection from before stays open.
func TestLimitsChangeLive(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP)
		m.Run("systemctl start gind.socket gind")
		before := keepAlive(t, m)
		before.get(t, "/ok")

		m.Run("mkdir -p /srv/site && echo from the disk >/srv/site/page.txt")
		service.Configure(m, listenHTTP, "static: {root: /srv/site}", "cors: {allow_origins: ["+page+"]}",
			"server: {max_body: 1KiB, max_header: 8KiB, read_header_timeout: 1s, read_timeout: 2s, write_timeout: 1s, idle_timeout: 1s}")
		if report := m.Run("gind reload"); strings.Contains(report, "restart") || !strings.Contains(report, "server.idle_timeout: 2m → 1s") {
			t.Errorf("reload says\n%s", report)
		}

		if got := before.get(t, "/page.txt", "Origin: "+page); got.Body != "from the disk\n" || got.Header.Get("Access-Control-Allow-Origin") != page {
			t.Errorf("the next request does not see the change: %+v", got)
		}
		if got := sendAll(t, m, "POST /record/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 413") {
			t.Errorf("a body of 2000 bytes: %q", got)
		}
		if got := sendAll(t, m, "GET /ok HTTP/1.1\r\nHost: x\r\nX-Large: "+strings.Repeat("x", 20000)+"\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 431") {
			t.Errorf("a header of 20 kB: %q", got)
		}
		// What was cut off by the defaults would take 10 s and more.
		for what, text := range map[string]string{
			"half a header":   "GET /ok HTTP/1.1\r\nHost",
			"half a body":     "POST /record/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nhalf",
			"an idle client":  "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n",
			"a slow response": "GET /slow?for=3s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		} {
			begun := time.Now()
			got := sendAll(t, m, text)
			if took := time.Since(begun); took > 9*time.Second {
				t.Errorf("%s is given up after %v: %q", what, took, got)
			}
			if what == "a slow response" && got != "" {
				t.Errorf("%s is sent after the write timeout: %q", what, got)
			}
		}
		before.get(t, "/ok") // which has the idle timeout that it began with

		service.Configure(m, listenHTTP, "environment: staging")
		if report := m.Run("gind reload"); !strings.Contains(report, "environment: production → staging (needs a restart)") {
			t.Errorf("reload does not say what needs a restart:\n%s", report)
		}
		after := keepAlive(t, m)
		after.get(t, "/ok")
		m.Run("systemctl restart gind")
		before.get(t, "/ok")
		after.get(t, "/ok")
	})
}

// sendAll sends bytes on a connection of their own, and return all that comes until it is closed.
func sendAll(t *testing.T, m *machine.Machine, text string) string {
	t.Helper()
	conn, err := m.Dial(context.Background(), "tcp", service.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%.20q: the connection is not closed", text)
	}
	return string(answer)
}

// TestReloadsComeOneAfterAnother: a storm of 1,000 signals, and of orders, is few
// reloads, and the last state of the file is in force.
func TestReloadsComeOneAfterAnother(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP)
		m.Run("systemctl restart gind")
		m.Write("/root/storm", `pid=$(systemctl show --value --property=MainPID gind)
for ((i = 1; i <= 1000; i++)); do
	((i % 100)) || printf 'listeners: {http: {address: ":8080"}}\ncors: {max_age: %ds}\n' $i >/etc/gind/gind.yaml
	kill -HUP $pid
done
`)
		m.Run("bash /root/storm")
		m.Await(20*time.Second, `journalctl -u gind -o cat | grep 'cors.max_age: .* → 16m40s'`)
		reloads := len(m.Journal("-u", "gind", "MESSAGE=reloaded"))
		if reloads < 1 || reloads >= 1000 { // a reload takes about as long as a signal, and those that come meanwhile are one
			t.Errorf("1000 signals were %d reloads", reloads)
		}

		m.Run(`for i in $(seq 100); do gind reload >/dev/null & pids="$pids $!"; done; for pid in $pids; do wait $pid || exit 1; done`)
		t.Logf("1000 signals were %d reloads, 100 orders %d", reloads, len(m.Journal("-u", "gind", "MESSAGE=reloaded"))-reloads)
		if got := service.Get(t, m.HTTP(), "/livez"); got.Status != http.StatusOK {
			t.Errorf("status %d", got.Status)
		}
		if errs := m.Journal("-u", "gind", "-p", "err"); len(errs) > 0 {
			t.Errorf("errors: %s", machine.Messages(errs))
		}
	})
}

// TestAWatchComesBack when inotify can be had again, which somebody else had all of
// when the service started; what was changed meanwhile is in force then.
func TestAWatchComesBack(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.socket gind")
		// The kernel counts for each user, and all machines are on one kernel.
		m.Run(". /etc/os-release && usermod --uid 471$VERSION_ID gind")
		m.Run("chown --recursive gind /run/gind /var/lib/gind /var/log/gind")
		m.Run(`systemd-run --quiet --uid=gind --unit=greedy --property=LimitNOFILE=100000 perl -e '1 while syscall(294, 0) >= 0; sleep 1000'`)
		time.Sleep(time.Second)
		service.Configure(m, "config: {watch: true}")
		m.Run("systemctl start gind")
		m.Await(10*time.Second, "gind status | grep 'the files are not watched: .*too many open files'")
		service.Configure(m, "config: {watch: true}", "log: {level: debug}")
		m.Run("systemctl stop greedy")
		m.Await(time.Minute, "gind status | grep 'version .* by watch'")
		m.Await(10*time.Second, "! gind status | grep 'not watched'")
		if got := len(m.Journal("--unit=gind", "--priority=err", "--grep=are not watched")); got != 1 {
			t.Errorf("%d records at err of a watch that fails, want 1", got)
		}
	})
}

// TestFilesOfTheConfigAreWatched: with --watch a change is in force by itself,
// however it is made; without it, nothing happens.
func TestFilesOfTheConfigAreWatched(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		age := func(seconds int) string {
			return fmt.Sprintf("%s\ncors: {allow_origins: [%s], max_age: %ds}\n", listenHTTP, page, seconds)
		}
		inForce := func(seconds int) {
			t.Helper()
			m.Await(20*time.Second, fmt.Sprintf("curl --silent --dump-header - --output /dev/null --request OPTIONS --header 'Origin: %s' "+
				"--header 'Access-Control-Request-Method: GET' %s/ | grep -i 'Access-Control-Max-Age: %d.$'", page, service.Origin, seconds))
		}
		// A volume as Kubernetes makes it of a ConfigMap.
		m.Run("mkdir -p /srv/volume/..1 /srv/volume/..2 && ln -s ..1 /srv/volume/..data && ln -s ..data/gind.yaml /srv/volume/gind.yaml")
		m.Write("/srv/volume/..1/gind.yaml", age(1))
		m.Write("/srv/volume/..2/gind.yaml", age(2))
		service.DropIn(m, "gind.service", "[Service]", "ExecStart=", "ExecStart=/usr/bin/gind serve --watch --config /srv/volume/gind.yaml")
		m.Run("systemctl restart gind")
		inForce(1)
		m.Run("cd /srv/volume && ln -s ..2 ..new && mv -T ..new ..data")
		inForce(2)

		m.Run("rm /etc/systemd/system/gind.service.d/test.conf")
		service.Configure(m, age(3))
		m.Run("systemctl daemon-reload && systemctl restart gind")
		inForce(3)
		service.Configure(m, age(4))
		time.Sleep(time.Second)
		inForce(3) // it was not asked to watch
		service.Configure(m, age(4), "config: {watch: true}")
		m.Run("systemctl reload gind")

		// The dance of vim: the old file is moved away, the new one is made.
		m.Write("/root/5.yaml", age(5)+"config: {watch: true}\n")
		m.Run("cd /etc/gind && mv gind.yaml gind.yaml~ && cat /root/5.yaml >gind.yaml && rm gind.yaml~")
		inForce(5)
		// Another file in its place, as emacs and sed -i do.
		m.Run("sed -i 's/max_age: 5s/max_age: 6s/' /etc/gind/gind.yaml")
		inForce(6)
		// Written in pieces: a half would be a bad config.
		m.Run("cd /etc/gind && sed 's/max_age: 6s/max_age: 7s/' gind.yaml >/root/7.yaml && head -c 60 /root/7.yaml >gind.yaml && sleep 0.05 && tail -c +61 /root/7.yaml >>gind.yaml")
		inForce(7)
		if refused := m.Journal("-u", "gind", "-p", "err"); len(refused) > 0 {
			t.Errorf("half a file was read: %s", machine.Messages(refused))
		}
		m.Run("sed -i 's/max_age: 7s/max_age: 8/' /etc/gind/gind.yaml")
		m.Await(20*time.Second, `journalctl -u gind -p err -o cat | grep 'cors.max_age: "8" has no unit'`)
		inForce(7)
	})
}
