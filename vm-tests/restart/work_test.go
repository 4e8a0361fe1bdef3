//go:build linux

package restart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// Background work is done by one process at a time: a successor begins with its own
// when its predecessor's has ended, and one that never serves does none.
func TestBackgroundWorkIsDoneByOneProcessAtATime(t *testing.T) {
	installed.Testapp(t, []string{"TESTAPP_WORK=1"}, func(t *testing.T, m *machine.Machine) {
		m.Run("cp /usr/bin/gind /usr/local/bin/gind")
		service.StartForLoad(m, "upgrade:", "  timeout: 5s")
		first := service.Property(m, "MainPID")
		replaceProgram(m, "TESTAPP_NEVER_READY=1")
		wantRefusal(t, m, "never ready", "nobody is there")
		if got := workers(m); !slices.Equal(got, []string{first}) {
			t.Errorf("an upgrade that failed: work was done by %q, the service is %s", got, first)
		}

		replaceProgram(m, "TESTAPP_READY_AFTER=2s")
		m.Run(service.Upgrade)
		second := service.Property(m, "MainPID")
		m.Await(10*time.Second, "grep -q '^"+second+"$' /var/lib/gind/work")
		if got := workers(m); !slices.Equal(got, []string{first, second}) {
			t.Errorf("an upgrade: work was done by %q, one after the other, the service was %s and is %s", got, first, second)
		}
	})
}

// workers are the processes that worked, in turn.
func workers(m *machine.Machine) []string {
	return slices.Compact(strings.Fields(m.Run("cat /var/lib/gind/work")))
}
