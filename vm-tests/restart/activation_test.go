//go:build linux

package restart

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

func TestFirstRequestStartsTheService(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.service && systemctl is-active gind.socket")
		m.Fail(3, "systemctl is-active gind.service")
		if got := service.Get(t, m.HTTP(), "/livez"); got.Status != http.StatusOK {
			t.Errorf("status %d: %s", got.Status, got.Body)
		}
		m.Run("systemctl is-active gind.service")
	})
}

// Asking a service that is stopped how it is does not start it.
func TestStatusDoesNotStartTheService(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.service")
		m.Fail(1, "gind status")
		m.Fail(1, "gind reload")
		m.Fail(3, "systemctl is-active gind.service")
	})
}

// A script that does not exec the program keeps systemd's sockets from it: that is said,
// and not only that the address is in use.
func TestAWrapperThatKeepsTheSocketsIsNamed(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", "[Service]", "Restart=no", "ExecStart=", "ExecStart=/bin/sh -c '/usr/bin/gind serve; exit $$?'")
		m.Fail(1, "systemctl restart gind")
		m.Run("journalctl --unit=gind --priority=err --output=cat | grep 'the sockets of systemd are for process .*LISTEN_PID.*: a wrapper script has to start the program with exec'")
	})
}

// The control socket is not closed by a restart or a crash: an order that is given
// meanwhile waits for the next process.
func TestControlSocketOutlivesRestartsAndEndsWithTheService(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		const inode = "stat --format=%i /run/gind/control.sock"
		service.DropIn(m, "gind.service", service.Often)
		before := m.Run(inode)
		m.Run("systemctl restart gind & gind status; wait")
		m.Run("systemctl kill --signal=KILL gind.service && gind status")
		if after := m.Run(inode); after != before {
			t.Error("another control socket was made")
		}
		m.Run("systemctl stop gind.service")
		m.Await(5*time.Second, "! systemctl is-active gind-control.socket && ! test -e /run/gind/control.sock")
		m.Run("systemctl start gind.service && gind status")
	})
}

func TestQueuedRequestsSurviveKill(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		const pause = time.Second
		service.DropIn(m, "gind.service", "[Service]\nRestartSec=1s")
		m.Run("systemctl kill --signal=KILL gind.service")
		m.Await(pause/2, "test $(systemctl show --value --property=SubState gind) = auto-restart")

		var queued sync.WaitGroup
		for range 50 {
			queued.Go(func() {
				switch got, err := service.Request(m.HTTP(), "/livez"); {
				case err != nil:
					t.Errorf("a queued request: %v", err)
				case got.Status != http.StatusOK:
					t.Errorf("a queued request: status %d", got.Status)
				}
			})
		}
		queued.Wait()
		if got := service.Property(m, "NRestarts"); got != "1" {
			t.Errorf("NRestarts=%s, want 1", got)
		}
	})
}
