//go:build linux

package health

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

func TestStartWaitsForReadyChecks(t *testing.T) {
	installed.Testapp(t, []string{"TESTAPP_READY_AFTER=3s"}, func(t *testing.T, m *machine.Machine) {
		before := time.Now()
		m.Run("systemctl start --no-block gind")
		m.Await(2*time.Second, "systemctl status gind | grep --quiet 'Status:.*warm'")
		if state := m.Try("systemctl is-active gind").Output; state != "activating" {
			t.Errorf("%s before the check has passed", state)
		}
		m.Run("systemctl start gind")
		if took := time.Since(before); took < 3*time.Second {
			t.Errorf("ready after %v, before the check has passed", took)
		}
	})
}

func TestCheckThatNeverPassesFailsTheStart(t *testing.T) {
	installed.Testapp(t, []string{"TESTAPP_NEVER_READY=1"}, func(t *testing.T, m *machine.Machine) {
		service.Configure(m, "health:", "  start_timeout: 1s")
		service.DropIn(m, "gind.service", "[Service]\nRestart=no")
		m.Fail(1, "systemctl start gind")
		m.Run("systemctl is-failed gind")
		status := m.Try("systemctl status --no-pager --full gind").Output
		for _, want := range []string{"backend", "nobody is there"} {
			if !strings.Contains(status, want) {
				t.Errorf("systemctl status does not say %q:\n%s", want, status)
			}
		}
	})
}
