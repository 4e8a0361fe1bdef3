//go:build linux

package health

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

const (
	checkFell = "MESSAGE_ID=06cc82a4ab524ba6883f768ab7f43c16"
	checkRose = "MESSAGE_ID=c456112ae7784a989d8273c2a3352ca9"
)

// TestRealServersStopAndStart: the service says which one is missing, once, and
// serves on what needs none of them.
func TestRealServersStopAndStart(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl start redis-server mariadb postgresql")
		m.Await(30*time.Second, "redis-cli ping && mariadb -e 'SELECT 1' && runuser -u postgres -- psql -c 'SELECT 1'")
		m.Run(`mariadb -e "CREATE USER gind@localhost IDENTIFIED BY 'swordfish'"`)
		m.Run(`runuser -u postgres -- psql -c "CREATE ROLE gind LOGIN PASSWORD 'swordfish'"`)
		m.Write("/etc/gind/database.password", "swordfish\n")
		m.Run("chgrp gind /etc/gind/database.password && chmod 640 /etc/gind/database.password")
		m.Run("systemctl start gind.socket gind")
		service.Configure(m, "config: {confirm: 0}", // a server that stops is not the reload's fault
			"health:", "  checks:",
			`    cache: {type: redis, address: "127.0.0.1:6379", interval: 500ms}`,
			`    database: {type: mysql, address: "unix:/run/mysqld/mysqld.sock", user: gind, password: "file:/etc/gind/database.password", interval: 500ms}`,
			`    ledger: {type: postgres, address: "127.0.0.1:5432", user: gind, database: postgres, password: "file:/etc/gind/database.password", interval: 500ms}`,
			`    redis-unit: {type: unit, unit: redis-server.service, interval: 500ms, kind: advisory}`)
		m.Run("systemctl reload gind")
		await(t, m, http.StatusOK, "[+]cache ok (", "[+]database ok (", "[+]ledger ok (", "[+]redis-unit ok (")

		load := traffic.Start(t, m, client.Options{Conns: 10, Pause: 20 * time.Millisecond})
		for _, server := range []struct{ unit, check, other string }{
			{"redis-server", "cache", "database"}, {"mariadb", "database", "ledger"}, {"postgresql", "ledger", "cache"},
		} {
			m.Run("systemctl stop " + server.unit + " 'mariadb*.socket'") // which would start it again
			await(t, m, http.StatusServiceUnavailable, "[-]"+server.check+" failed: ", "[+]"+server.other+" ok (")
			if status := m.Run("gind status"); !strings.Contains(status, server.check+" (ready) failed: ") {
				t.Errorf("gind status:\n%s", status)
			}
			if metrics := service.Get(t, m.HTTP(), "/metrics").Body; !strings.Contains(metrics, fmt.Sprintf("gind_check_up{check=%q,kind=\"ready\"} 0\n", server.check)) {
				t.Errorf("the metrics do not say that %s is down", server.check)
			}
			time.Sleep(2 * time.Second) // four intervals: no record more comes
			m.Run("systemctl start " + server.unit)
			await(t, m, http.StatusOK, "[+]"+server.check+" ok (")
			fell, rose := m.Journal(checkFell, "CHECK="+server.check), m.Journal(checkRose, "CHECK="+server.check)
			if len(fell) != 1 || len(rose) != 1 || fell[0]["PRIORITY"] != "3" || rose[0]["PRIORITY"] != "6" {
				t.Errorf("%s: %d records of the fall and %d of the rise\n%s%s", server.check, len(fell), len(rose), machine.Messages(fell), machine.Messages(rose))
			}
		}
		traffic.Stop(t, load, 10)

		service.Configure(m, "{}")
		m.Run("systemctl reload gind")
		if got := service.Get(t, m.HTTP(), "/readyz?verbose"); got.Status != http.StatusOK || strings.Contains(got.Body, "cache") {
			t.Errorf("without the checks: %d\n%s", got.Status, got.Body)
		}
	}, machine.With("redis-server", "mariadb-server", "postgresql"))
}

// await a state of /readyz. It is there within one interval of 500 ms and what a
// busy host needs.
func await(t *testing.T, m *machine.Machine, status int, lines ...string) {
	t.Helper()
	var got service.Answer
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		got = service.Get(t, m.HTTP(), "/readyz?verbose")
		all := got.Status == status
		for _, line := range lines {
			all = all && strings.Contains(got.Body, line)
		}
		if all {
			return
		}
	}
	t.Errorf("want %d with %q: %d\n%s", status, lines, got.Status, got.Body)
}
