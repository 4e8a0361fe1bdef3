//go:build linux

package crash

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// A service that was healthy and is killed is back at once, for the clients that wait in
// the socket's queue. It is given more and more time if that happens again and again.
func TestKilledServiceIsBackAtOnceAndThenLater(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "backoff: {healthy: 2s}")
		m.Run("systemctl start gind.socket gind")
		m.Await(10*time.Second, isHealthy)
		for _, pause := range []time.Duration{0, time.Second, 2 * time.Second} {
			m.Run("systemctl kill --signal=KILL gind")
			before := time.Now()
			if got := service.Get(t, m.HTTP(), "/ok"); got.Status != http.StatusOK || time.Since(before) < pause || time.Since(before) > pause+5*time.Second {
				t.Errorf("status %d after %v, want it after %v", got.Status, time.Since(before), pause)
			}
			m.Await(5*time.Second, service.InSubState("running"))
		}
		if text := m.Run("gind status"); !strings.Contains(text, "2 have failed before this one since ") || !strings.Contains(text, "the last: it left without a word") {
			t.Errorf("the status does not say how often:\n%s", text)
		}
		if waits := pauses(t, m); len(waits) != 2 {
			t.Errorf("it waited %v", waits)
		}
		if warnings := machine.Messages(m.Journal("-p", "warning", "_PID=1")); strings.Contains(warnings, "Unknown key") {
			t.Errorf("systemd does not know all that the units say:\n%s", warnings)
		}
		if got := service.Property(m, "NRestarts"); got != "3" {
			t.Errorf("NRestarts=%s, want 3", got)
		}
	})
}

// isHealthy succeeds when starts that failed before count no more.
const isHealthy = "systemctl is-active gind && ! test -e /run/gind/starts"

// A program that can't even be executed is not started for ever, and somebody hears of it.
func TestAProgramThatCannotBeExecutedIsGivenUp(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		hook, url := listenForAlerts(t, m)
		service.Configure(m, "alerts: {"+toldBy(m, url)+"}")
		m.Run("systemctl stop gind.service && echo broken >/usr/local/bin/broken && chmod 755 /usr/local/bin/broken")
		service.DropIn(m, "gind.service", "[Service]\nExecStart=\nExecStart=/usr/local/bin/broken")
		m.Fail(1, "systemctl start gind.service")
		m.Await(time.Minute, "test $(systemctl is-failed gind.service) = failed")
		if notice := hook.await(t); notice["unit"] != "gind.service" || notice["crash_loop"] != nil {
			t.Errorf("%v", notice)
		}
		m.Fail(1, "systemctl start gind.service")
		if tries := m.Journal("UNIT=gind.service", "MESSAGE_ID="+unableToExecute); len(tries) < 18 || len(tries) > 20 {
			t.Errorf("%d starts, want 20 with the one of the installation and the last", len(tries))
		}

		m.Run("rm /etc/systemd/system/gind.service.d/test.conf && systemctl daemon-reload")
		m.Run("systemctl reset-failed gind.service gind.socket && systemctl start gind.service")
		installed.WantRunning(t, m)
	})
}

// unableToExecute is SD_MESSAGE_SPAWN_FAILED.
const unableToExecute = "641257651c1b4ec9a8624d7a40a9e1e7"
