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

// A service that is killed is back at once, for the clients that wait in the
// socket's queue. Where systemd can, it is given more and more time if that
// happens again and again.
func TestKilledServiceIsBackAtOnceAndThenLater(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		var pauses []time.Duration
		for range 3 {
			m.Run("systemctl kill --signal=KILL gind")
			before := time.Now()
			if got := service.Get(t, m.HTTP(), "/ok"); got.Status != http.StatusOK || time.Since(before) > 5*time.Second {
				t.Errorf("status %d after %v", got.Status, time.Since(before))
			}
			m.Await(5*time.Second, service.InSubState("running"))
			pauses = append(pauses, restartPause(t, m))
		}
		if backsOff := m.Suite != machine.Bookworm; backsOff && (pauses[1] <= pauses[0] || pauses[2] <= pauses[1]) {
			t.Errorf("the pauses before the next restarts do not grow: %v", pauses)
		}
		if warnings := machine.Messages(m.Journal("-p", "warning", "_PID=1")); strings.Contains(warnings, "Unknown key") {
			t.Errorf("systemd does not know all that the units say:\n%s", warnings)
		}
		if got := service.Property(m, "NRestarts"); got != "3" {
			t.Errorf("NRestarts=%s, want 3", got)
		}
	})
}

// A program that ends at once is not started for ever, and systemd says so.
func TestCrashLoopStops(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("install -m 755 /bin/false /usr/bin/gind")
		m.Try("systemctl restart gind")
		m.Await(time.Minute, "systemctl is-failed gind.service")
		m.Fail(1, "systemctl start gind.service")
		if starts := m.Journal("UNIT=gind.service", "MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5"); len(starts) != 5 {
			t.Errorf("%d starts, the one of the installation among them, want 5", len(starts))
		}

		m.Run("dpkg --unpack /root/gind.deb") // the program is whole again
		m.Run("systemctl reset-failed gind.service gind.socket && systemctl start gind.service")
		installed.WantRunning(t, m)
	})
}

// restartPause is what systemd would wait before the next restart.
func restartPause(t *testing.T, m *machine.Machine) time.Duration {
	t.Helper()
	text := service.Property(m, "RestartUSecNext")
	if text == "" { // before systemd 254
		text = service.Property(m, "RestartUSec")
	}
	pause, err := time.ParseDuration(text)
	if err != nil {
		t.Errorf("the next restart is after %q", text)
	}
	return pause
}
