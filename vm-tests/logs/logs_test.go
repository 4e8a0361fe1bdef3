//go:build linux

package logs

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// "gind logs" shows what was logged to somebody who may not read the journal:
// while the service runs, over a restart and an upgrade, and when it is gone.
func TestLogsAreShownWithoutTheJournal(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("useradd --system --groups gind olga && systemctl start gind.socket gind")
		const operator = "setpriv --reuid=olga --regid=gind --init-groups "
		if got := m.Try(operator + "journalctl -u gind"); strings.Contains(got.Output, "starting") {
			t.Error("the operator may read the journal: the test shows nothing")
		}
		askPanicMissingAndFine(t, m)
		service.RecordOf(t, m, "fine-1")
		all := m.Run(operator + "gind logs")
		for _, text := range []string{" INF starting ", " ERR GET /panic panic: this is the panic ", " WRN GET /missing 404 ", " INF GET /ok 200 "} {
			if strings.Count(all, text) != 1 {
				t.Errorf("%q is not there once:\n%s", text, all)
			}
		}
		if errs := m.Run(operator + "gind logs -p err"); !strings.Contains(errs, "this is the panic") || strings.Contains(errs, "GET /ok") {
			t.Errorf("-p err:\n%s", errs)
		}
		if last := m.Run(operator + "gind logs -n 1 --json"); !strings.Contains(last, `"request_id":"fine-1"`) || strings.Count(last, "\n") > 0 {
			t.Errorf("-n 1 --json: %s", last)
		}
		if none := m.Run(operator + "gind logs --since 0s"); none != "" {
			t.Errorf("--since 0s: %s", none)
		}
		if terminal := m.Run("script --quiet --command 'gind logs -p err' /dev/null"); !strings.Contains(terminal, "\x1b[") {
			t.Errorf("no colour on a terminal: %q", terminal)
		}
		m.Fail(1, "setpriv --reuid=nobody --regid=nogroup --clear-groups gind logs")

		// Followed over processes, and a time in which journald takes nothing.
		m.Run("nohup " + operator + "gind logs -f -n 0 >/root/followed 2>&1 &")
		follows := func(id string) {
			t.Helper()
			m.Await(10*time.Second, "curl -fs -H 'X-Request-ID: "+id+"' "+service.Origin+"/ok && sleep 0.2 && grep --quiet "+id+" /root/followed")
		}
		follows("followed-1")
		m.Run("systemctl restart gind")
		follows("followed-2")
		m.Run("gind upgrade")
		follows("followed-3")
		m.Run(stopJournald)
		follows("followed-4")
		m.Run(startJournald)
		lines := m.Run("cat /root/followed")
		for _, text := range []string{"INF draining", "INF upgrading"} {
			if !strings.Contains(lines, text) {
				t.Errorf("the follower was not shown %q:\n%s", text, lines)
			}
		}
		seen := map[string]bool{}
		for line := range strings.Lines(lines) {
			if seen[line] {
				t.Errorf("shown twice: %s", line)
			}
			seen[line] = true
		}

		m.Run("systemctl stop gind.socket gind")
		if past := m.Run(operator + "gind logs"); !strings.Contains(past, "request_id=followed-4") {
			t.Errorf("the files of a service that does not run are not read:\n%s", past)
		}
	})
}
