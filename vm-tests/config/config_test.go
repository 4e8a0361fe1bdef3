//go:build linux

package config

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
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// rolledBack are the records of a config that another one stands in for.
const rolledBack = "MESSAGE_ID=cee08c2cd5374ea0982e54f973ad49c3"

const listenHTTP = "listeners: {http: {address: ':8080'}}"

// reloads is the program that makes three reloads: to a good, a bad and an
// unhealthy config, which has to be taken back.
const reloads = `n=$1
write() { printf 'listeners: {http: {address: ":8080"}}\nlog: {access: false}\n%s\n' "$1" >/etc/gind/gind.yaml; }
write "pair: {first: $n, second: $n}"; gind reload >/dev/null || exit 1; ((n++))
write "pair: {first: $n, second: $n, sik: true}"; gind reload >/dev/null 2>&1; [ $? = 78 ] || exit 2; ((n++))
write "pair: {first: $n, second: $n, sick: true}"; gind reload >/dev/null || exit 3
for ((i = 0; i < 300; i++)); do gind status --json | grep -q '"pinned"' && exit 0; done
echo "version $n was not taken back"; exit 4
`

// pairs is wrk's script: two keys of the config that always change together are
// told in one answer, and have to be the same.
const pairs = `local all = {}
function setup(thread) table.insert(all, thread) end
function init() mixed, asked = 0, 0 end
function delay() return 10 end
function response(status, headers, body)
	local first, second = body:match("^(%d+) (%d+) ")
	asked = asked + 1
	if status ~= 200 or not first or first ~= second then mixed = mixed + 1 end
end
function done()
	local wrong, sum = 0, 0
	for _, thread in ipairs(all) do
		wrong, sum = wrong + thread:get("mixed"), sum + thread:get("asked")
	end
	print("wrong: " .. wrong .. " of " .. sum)
end
`

// TestReloadsUnderLoadMixNothing: 200 connections ask for two keys that always
// change together, while good, bad and unhealthy configs take turns, 30 times or
// as often as GIND_VM_ROUNDS says.
func TestReloadsUnderLoadMixNothing(t *testing.T) {
	rounds := machine.Rounds(t, 30)
	script := filepath.Join(t.TempDir(), "pairs.lua")
	if err := os.WriteFile(script, []byte(pairs), 0o600); err != nil {
		t.Fatal(err)
	}
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP, "log: {access: false}", "pair: {first: 1, second: 1}")
		m.Write("/root/reloads", reloads)
		m.Run("systemctl start gind")
		load := traffic.StartWrk(t, m, 200, "/pair", "-s", script)
		m.Await(20*time.Second, "test $(ss -Htn state established 'sport = :8080' | wc -l) -ge 200")
		time.Sleep(time.Second) // and what they need has been had
		memory, files := appetite(t, m)

		for n := 0; n < rounds; n += 3 {
			m.Run("bash /root/reloads " + strconv.Itoa(n))
		}
		memoryAfter, filesAfter := appetite(t, m)
		report := load.Stop()
		t.Logf("%d reloads, memory %d → %d KiB, descriptors %d → %d\n%s", rounds, memory, memoryAfter, files, filesAfter, report)
		if !strings.Contains(report, "wrong: 0 of ") {
			t.Errorf("a request failed or saw two versions:\n%s", report)
		}
		if memoryAfter > memory+64*1024 {
			t.Errorf("memory grew from %d to %d KiB", memory, memoryAfter)
		}
		if filesAfter > files+20 {
			t.Errorf("descriptors grew from %d to %d", files, filesAfter)
		}
		if records := m.Journal("-u", "gind", "-p", "err", rolledBack); len(records) == 0 {
			t.Error("the journal does not say that configs were taken back")
		}
		if status := m.Run("gind status"); !strings.Contains(status, "held in force by a rollback") {
			t.Errorf("the status does not say that a config was taken back:\n%s", status)
		}
		m.Run("systemctl is-active gind")
	})
}

// appetite is the resident memory of the service in KiB, and its descriptors.
func appetite(t *testing.T, m *machine.Machine) (memory, files int) {
	t.Helper()
	pid := service.Property(m, "MainPID")
	report := m.Run("awk '/VmRSS/ {print $2}' /proc/" + pid + "/status; ls /proc/" + pid + "/fd | wc -l")
	if _, err := fmt.Sscan(report, &memory, &files); err != nil {
		t.Fatalf("%q: %v", report, err)
	}
	return memory, files
}

func TestCertificatesAndListenersChangeByReload(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		const secure = "secure: {address: ':8443', certificate: /etc/gind/tls/server.crt, key: /etc/gind/tls/server.key}"
		installCertificate(t, m, 1)
		service.Configure(m, listenHTTP)
		m.Run("systemctl reload gind")
		kept := keepAlive(t, m)

		service.Configure(m, "listeners: {http: {address: ':8080'}, "+secure+"}")
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

		service.Configure(m, "config: {watch: true}", "listeners: {http: {address: ':8080'}, "+secure+"}")
		m.Run("systemctl reload gind")
		time.Sleep(time.Second) // it watches
		installCertificate(t, m, 3)
		m.Await(10*time.Second, "echo | openssl s_client -connect 127.0.0.1:8443 2>/dev/null | openssl x509 -noout -serial | grep 03")
		first.get(t, "/livez")

		service.Configure(m, listenHTTP)
		m.Run("systemctl reload gind")
		m.Await(10*time.Second, "! ss -Hltn 'sport = :8443' | grep .")
		first.get(t, "/livez")
		kept.get(t, "/livez")
	}, installed.WithMailAndOpenSSL)
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
	t.Cleanup(func() { _ = conn.Close() })
	return &kept{conn, bufio.NewReader(conn)}
}

func serialOf(conn any) int64 {
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestRollbackIsKeptOverRestarts(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP, "cors: {allow_origins: ["+page+"]}")
		m.Run("systemctl restart gind")
		good := strings.Fields(lastLine(m.Run("gind config history")))[0]
		service.Configure(m, listenHTTP)
		m.Run("systemctl reload gind")

		m.Run("gind config rollback " + good)
		allowed := func() string {
			return service.Get(t, m.HTTP(), "/", "Origin: "+page).Header.Get("Access-Control-Allow-Origin")
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
		service.Configure(m, listenHTTP, "log: {level: debug}")
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
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, listenHTTP, "cors: {allow_origins: ["+page+"]}")
		m.Run("systemctl restart gind")
		service.Configure(m, listenHTTP, "cors: {allow_orgins: ["+page+"]}")
		m.Fail(78, "gind check")
		m.Run("systemctl restart gind")
		if got := service.Get(t, m.HTTP(), "/", "Origin: "+page).Header.Get("Access-Control-Allow-Origin"); got != page {
			t.Errorf("the last good config is not in force: %q", got)
		}
		const place = service.ConfigFile + ":2:8: cors.allow_orgins"
		if status := m.Run("gind status"); !strings.Contains(status, place) {
			t.Errorf("the status does not say what is wrong:\n%s", status)
		}
		if crit := machine.Messages(m.Journal("-u", "gind", "-p", "crit")); !strings.Contains(crit, place) {
			t.Errorf("the journal does not say at crit what is wrong:\n%s", crit)
		}
	})
}
