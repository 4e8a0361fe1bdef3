//go:build linux

package computer

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/programs"
	"github.com/gind/gind/vm-tests/service"
)

// What a container cannot show: the service is there after a reboot and after
// a power cut, with nobody's help.
func TestComputerServesAfterRebootAndPowerCut(t *testing.T) {
	c := machine.StartComputer(t, machine.Trixie, map[string]string{"/root/gind.deb": installed.Package(t, "GIND_DEB")})
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

// The kernel kills without a word at MemoryMax=, which systemd enforces where
// control groups are of version 2 alone. The line that leaks was noted before.
func TestComputerMemoryMaxNamesWhatLeaks(t *testing.T) {
	c := machine.StartComputer(t, machine.Trixie, map[string]string{
		"/root/gind.deb": installed.Package(t, "GIND_DEB"), "/root/testapp": programs.Build(t, "testapp"),
	})
	c.Run("apt-get install -y /root/gind.deb && systemctl stop gind.socket gind.service && install -m 755 /root/testapp /usr/bin/gind")
	c.Run("mkdir -p /etc/systemd/system/gind.service.d")
	c.Run("printf '[Service]\\nMemoryMax=256M\\nWatchdogSec=2min\\n' >/etc/systemd/system/gind.service.d/test.conf")
	c.Run("systemctl daemon-reload && systemctl start gind.socket gind.service")
	c.Try("curl --silent --max-time 60 " + service.Origin + "/rough/leak")
	c.Await(2*time.Minute, "test $(systemctl show --value --property=NRestarts gind) = 1 && systemctl is-active gind")
	if kills := c.Run("journalctl --no-pager -u gind _PID=1 -o cat"); !strings.Contains(kills, "oom-kill") {
		t.Errorf("it was not the kernel that ended it:\n%s", kills)
	}
	list := c.Run("gind crashes")
	for _, want := range []string{"256 MiB", "rough.go:", "main.leak"} {
		if !strings.Contains(list, want) {
			t.Errorf("gind crashes does not say %q:\n%s", want, list)
		}
	}
}
