//go:build linux

package restart

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// What an application opens and migrates is done in an upgrade while the process before
// serves, which goes on if it fails; "check" does nothing of it.
func TestWhatTheStartNeedsIsDoneBeforeThePredecessorLetsGo(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		database := func(text string) {
			m.Write("/etc/testapp-database", text+"\n")
			m.Run("chmod 644 /etc/testapp-database")
		}
		service.StartForLoad(m)
		process := service.Property(m, "MainPID")

		database("0s the table orders is not there")
		m.Run("gind check")
		said := m.Fail(1, service.Upgrade)
		if !strings.Contains(said, "migration: the table orders is not there") {
			t.Errorf("the upgrade says\n%s", said)
		}
		wantServing(t, m, process, works, false)

		database("3s")
		m.Run("systemd-run --quiet --unit=upgrading --property=RemainAfterExit=yes " + service.Upgrade)
		time.Sleep(time.Second)
		wantServing(t, m, process, works, false)
		m.Await(10*time.Second, "test $(systemctl show --value --property=SubState upgrading) = exited")
		wantServing(t, m, process, works, true)

		m.Run("systemctl restart --no-block gind")
		m.Await(10*time.Second, "systemctl show --value --property=StatusText gind | grep 'starting: migration'")
		m.Await(10*time.Second, "systemctl is-active gind && gind status")

		database("0s it is read-only")
		m.Run("systemctl restart --no-block gind")
		m.Await(10*time.Second, "journalctl --unit=gind --priority=err --output=cat | grep 'migration: it is read-only'")
	})
}
