//go:build linux

package health

import (
	"net/http"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// A service that says "not now" to everybody is alive: it starts, and the watchdog
// leaves it alone. So does one on a machine where IPv6 is turned off.
func TestMaintenanceIsNotDeath(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("sysctl -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1")
		m.Write("/etc/testapp-answer", "503\n")
		m.Run("chmod 644 /etc/testapp-answer")
		service.DropIn(m, "gind.service", "[Service]\nWatchdogSec=2s")
		m.Run("systemctl start gind.socket gind")
		process := service.Property(m, "MainPID")
		time.Sleep(5 * time.Second) // more than twice the watchdog's time
		if got := service.Get(t, m.HTTP(), "/ok"); got.Status != http.StatusServiceUnavailable {
			t.Errorf("answers %d, want 503", got.Status)
		}
		if now, restarts := service.Property(m, "MainPID"), service.Property(m, "NRestarts"); now != process || restarts != "0" {
			t.Errorf("the main process was %s and is %s, NRestarts=%s", process, now, restarts)
		}
	})
}
