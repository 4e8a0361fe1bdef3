//go:build linux

package vmtests

import (
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// What a container cannot show: the service is there after a reboot and after
// a power cut, with nobody's help.
func TestComputerServesAfterRebootAndPowerCut(t *testing.T) {
	c := machine.StartComputer(t, machine.Trixie, map[string]string{"/root/gind.deb": packagePath(t, "GIND_DEB")})
	c.Run("apt-get install -y /root/gind.deb")
	served := func(when string) {
		t.Helper()
		c.Await(time.Minute, "systemctl is-active gind.service gind.socket gind-control.socket")
		c.Run("curl --fail --silent --show-error --max-time 30 http://127.0.0.1:8080/livez && gind status")
		if failed := c.Run("systemctl --failed --no-legend"); failed != "" {
			t.Errorf("%s: failed units:\n%s", when, failed)
		}
		t.Logf("%s: serves, up for %s s", when, c.Run("cut -d' ' -f1 /proc/uptime"))
	}
	served("installed")
	c.Reboot()
	served("rebooted")
	c.Run("sync")
	c.PowerCut()
	served("after a power cut")
}
