//go:build linux

package restart

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// Restarts, and half as many upgrades, must not add a descriptor.
func TestNoDescriptorsLeak(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 20
		rounds := machine.Rounds(t, 30)
		service.StartForLoad(m)
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 5 * time.Millisecond})
		repeat(m, service.Restart, 1)
		repeat(m, service.Upgrade, 1)
		before := descriptors(m)
		repeat(m, service.Restart, rounds)
		repeat(m, service.Upgrade, rounds/2)
		m.Await(20*time.Second, descriptorCommand+` | { read service manager; test $service -le `+before.service+` -a $manager -le `+before.manager+`; }`)
		t.Logf("before: %v, after: %v", before, descriptors(m))
		if got := service.Property(m, "NFileDescriptorStore"); got != "1" {
			t.Errorf("NFileDescriptorStore=%s while the service runs, want a box", got)
		}
		traffic.Stop(t, load, conns)
		wantProcesses(t, m, 1)
	})
}

// counts of open descriptors, of the service's main process and of systemd.
type counts struct{ service, manager string }

const descriptorCommand = "echo $(ls /proc/$(systemctl show --value --property=MainPID gind)/fd | wc -l) $(ls /proc/1/fd | wc -l)"

func descriptors(m *machine.Machine) (c counts) {
	for range 20 { // the most of several, since some come and go
		var now counts
		text := m.Run(descriptorCommand)
		now.service, now.manager, _ = strings.Cut(text, " ")
		c.service, c.manager = larger(c.service, now.service), larger(c.manager, now.manager)
	}
	return c
}

func larger(a, b string) string {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return strconv.Itoa(max(x, y))
}
