//go:build linux

package vmtests

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

const listenHTTP = "listeners: {http: {address: ':8080'}}"

// reloads is the program that alternates good, bad and unhealthy configs for 40
// seconds, or until there were 500. It prints how many reloads there were.
const reloads = `#!/bin/bash
write() { printf 'listeners: {http: {address: ":8080"}}\nlog: {access: false}\n%s\n' "$1" >/etc/gind/gind.yaml; }
n=0
while ((n < 500 && SECONDS < 40)); do
	write "pair: {first: $n, second: $n}"; gind reload >/dev/null || exit 1; ((n++))
	write "pair: {first: $n, second: $n, sik: true}"; gind reload >/dev/null 2>&1; [ $? = 78 ] || exit 2; ((n++))
	write "pair: {first: $n, second: $n, sick: true}"; gind reload >/dev/null || exit 3; ((n++))
	for ((i = 0; i < 200; i++)); do gind status --json | grep -q '"pinned"' && continue 2; done
	echo "version $n was not taken back" >&2; exit 4
done
echo $n
`

// TestReloadsUnderLoadMixNothing: 200 connections ask for two keys that always
// change together, while good, bad and unhealthy configs take turns.
func TestReloadsUnderLoadMixNothing(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		configure(m, listenHTTP, "log: {access: false}", "pair: {first: 1, second: 1}")
		m.Write("/root/reloads", reloads)
		m.Run("systemctl start gind")
		load := askForPairs(m, 200)
		time.Sleep(2 * time.Second) // all connections are open
		memory, files := appetite(t, m)

		n := strings.TrimSpace(m.Run("bash /root/reloads"))
		memoryAfter, filesAfter := appetite(t, m)
		asked := load.stop(t)
		t.Logf("%s reloads, %d requests, memory %d → %d KiB, descriptors %d → %d", n, asked, memory, memoryAfter, files, filesAfter)
		if count, err := strconv.Atoi(n); err != nil || count < 30 {
			t.Errorf("%s reloads are too few to mean something", n)
		}
		if memoryAfter > memory+64*1024 {
			t.Errorf("memory grew from %d to %d KiB", memory, memoryAfter)
		}
		if filesAfter > files+20 {
			t.Errorf("descriptors grew from %d to %d", files, filesAfter)
		}
		if records := m.Journal("-u", "gind", "-p", "err", "MESSAGE_ID=cee08c2cd5374ea0982e54f973ad49c3"); len(records) == 0 {
			t.Error("the journal does not say that configs were taken back")
		}
		m.Run("systemctl is-active gind")
	})
}

// appetite is the resident memory of the service in KiB, and its descriptors.
func appetite(t *testing.T, m *machine.Machine) (memory, files int) {
	t.Helper()
	pid := property(m, "MainPID")
	report := m.Run("awk '/VmRSS/ {print $2}' /proc/" + pid + "/status; ls /proc/" + pid + "/fd | wc -l")
	if _, err := fmt.Sscan(report, &memory, &files); err != nil {
		t.Fatalf("%q: %v", report, err)
	}
	return memory, files
}

// pairLoad asks for /pair on many connections.
type pairLoad struct {
	stopped atomic.Bool
	asked   atomic.Int64
	failure atomic.Pointer[string]
	clients sync.WaitGroup
}

func askForPairs(m *machine.Machine, connections int) *pairLoad {
	l := &pairLoad{}
	for range connections {
		client := m.HTTP()
		l.clients.Go(func() {
			for !l.stopped.Load() {
				l.ask(client)
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	return l
}

func (l *pairLoad) ask(client *http.Client) {
	got, err := request(client, "/pair")
	l.asked.Add(1)
	words := strings.Fields(got.body)
	if err != nil || got.status != http.StatusOK || len(words) != 3 || words[0] != words[1] {
		failure := fmt.Sprintf("%d %q, %v", got.status, got.body, err)
		l.failure.CompareAndSwap(nil, &failure)
	}
}

// stop the load, which must have seen no failure.
func (l *pairLoad) stop(t *testing.T) int64 {
	t.Helper()
	l.stopped.Store(true)
	l.clients.Wait()
	if failure := l.failure.Load(); failure != nil {
		t.Errorf("a request failed or saw two versions: %s", *failure)
	}
	return l.asked.Load()
}

func TestCertificatesAndListenersChangeByReload(t *testing.T) {
	withGind(t, func(t *testing.T, m *machine.Machine) {
		const secure = "secure: {address: ':8443', certificate: /etc/gind/tls/server.crt, key: /etc/gind/tls/server.key}"
		installCertificate(t, m, 1)
		configure(m, listenHTTP)
		m.Run("systemctl reload gind")
		kept := keepAlive(t, m)

		configure(m, "listeners: {http: {address: ':8080'}, "+secure+"}")
		m.Run("systemctl reload gind")
		first := dialTLS(t, m)
		if got := serialOf(first.conn); got != 1 {
			t.Errorf("certificate %d, want 1", got)
		}
		first.get(t, "/livez")

		installCertificate(t, m, 2)
		m.Run("systemctl reload gind")
		if got := serialOf(dialTLS(t, m).conn); got != 2 {
			t.Errorf("certificate %d, want 2", got)
		}
		first.get(t, "/livez")

		configure(m, "config: {watch: true}", "listeners: {http: {address: ':8080'}, "+secure+"}")
		m.Run("systemctl reload gind")
		time.Sleep(time.Second) // it watches
		installCertificate(t, m, 3)
		m.Await(10*time.Second, "echo | openssl s_client -connect 127.0.0.1:8443 2>/dev/null | openssl x509 -noout -serial | grep 03")
		first.get(t, "/livez")

		configure(m, listenHTTP)
		m.Run("systemctl reload gind")
		m.Await(10*time.Second, "! ss -Hltn 'sport = :8443' | grep .")
		first.get(t, "/livez")
		kept.get(t, "/livez")
	}, machine.With("openssl"))
}

func installCertificate(t *testing.T, m *machine.Machine, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	m.Run("mkdir -p /etc/gind/tls")
	m.Write("/etc/gind/tls/new.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	m.Write("/etc/gind/tls/new.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	m.Run("cd /etc/gind/tls && chgrp gind new.* && chmod 640 new.* && mv new.key server.key && mv new.crt server.crt")
}

func dialTLS(t *testing.T, m *machine.Machine) *kept {
	t.Helper()
	raw, err := m.Dial(context.Background(), "tcp", "127.0.0.1:8443")
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &kept{conn, bufio.NewReader(conn)}
}

func serialOf(conn any) int64 {
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestRollbackIsKeptOverRestarts(t *testing.T) {
	withGind(t, func(t *testing.T, m *machine.Machine) {
		configure(m, listenHTTP, "cors: {allow_origins: ["+page+"]}")
		m.Run("systemctl restart gind")
		good := strings.Fields(lastLine(m.Run("gind config history")))[0]
		configure(m, listenHTTP)
		m.Run("systemctl reload gind")

		m.Run("gind config rollback " + good)
		allowed := func() string {
			return get(t, m.HTTP(), "/", "Origin: "+page).header.Get("Access-Control-Allow-Origin")
		}
		for _, command := range []string{"true", "systemctl reload gind", "systemctl restart gind", "gind upgrade"} {
			m.Run(command)
			if got := allowed(); got != page {
				t.Errorf("after %s the rollback is not in force: %q", command, got)
			}
			if status := m.Run("gind status"); !strings.Contains(status, "held in force by a rollback") {
				t.Errorf("after %s the status does not say so:\n%s", command, status)
			}
		}
		m.Run("gind config rollback --release")
		if got := allowed(); got != "" {
			t.Errorf("the rollback is released, and still in force: %q", got)
		}
		m.Run("gind config rollback " + good)
		configure(m, listenHTTP, "log: {level: debug}")
		m.Run("systemctl reload gind")
		if got := allowed(); got != "" {
			t.Errorf("the files have changed, and the rollback is still in force: %q", got)
		}
	})
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestLastGoodConfigStartsTheService(t *testing.T) {
	withGind(t, func(t *testing.T, m *machine.Machine) {
		configure(m, listenHTTP, "cors: {allow_origins: ["+page+"]}")
		m.Run("systemctl restart gind")
		configure(m, listenHTTP, "cors: {allow_orgins: ["+page+"]}")
		m.Fail(78, "gind check")
		m.Run("systemctl restart gind")
		if got := get(t, m.HTTP(), "/", "Origin: "+page).header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("the last good config is not in force: %q", got)
		}
		const place = configFile + ":2:8: cors.allow_orgins"
		if status := m.Run("gind status"); !strings.Contains(status, place) {
			t.Errorf("the status does not say what is wrong:\n%s", status)
		}
		if crit := messages(m.Journal("-u", "gind", "-p", "crit")); !strings.Contains(crit, place) {
			t.Errorf("the journal does not say at crit what is wrong:\n%s", crit)
		}
	})
}

// TestSecretsAreNeverShown: a credential of systemd's, and a secret in a file.
func TestSecretsAreNeverShown(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Write("/root/token", "hunter22\n")
		m.Run("chmod 600 /root/token")
		dropIn(m, "gind.service", "[Service]\nLoadCredential=token:/root/token")
		configure(m, listenHTTP, "pair: {token: 'credential:token'}")
		m.Run("systemctl start gind")
		if got := get(t, m.HTTP(), "/pair").body; got != "0 0 8\n" {
			t.Errorf("the credential is not used: %q", got)
		}
		m.Write("/etc/gind/token", "swordfish\n")
		m.Run("chmod 644 /etc/gind/token")
		configure(m, listenHTTP, "pair: {token: 'file:/etc/gind/token'}")
		if refused := m.Fail(78, "gind reload"); !strings.Contains(refused, "everybody can read") {
			t.Errorf("a secret that everybody can read is taken in production:\n%s", refused)
		}
		m.Run("chgrp gind /etc/gind/token && chmod 640 /etc/gind/token && gind reload")
		configure(m, listenHTTP, "pair: {token: correct-horse, first: x}")
		m.Fail(78, "gind reload")
		all := m.Run("gind config history --json; gind config show; gind config show 1; gind config diff; gind status --json; " +
			"journalctl -u gind -o json --all; cat /var/lib/gind/config/*")
		for _, secret := range []string{"hunter22", "swordfish", "correct-horse"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s is shown", secret)
			}
		}
	})
}
