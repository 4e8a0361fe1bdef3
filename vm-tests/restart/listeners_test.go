//go:build linux

package restart

import (
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// What listens after a restart is what the config says, also where the new address is a
// part of the old one, whose socket systemd has kept.
func TestAnAddressMayBecomeNarrowerInARestart(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const all, loopback = ":8081", "127.0.0.1:8081"
		listens := map[string]string{all: "*:8081", loopback: loopback}
		for _, address := range []string{all, loopback, loopback, all} {
			service.Configure(m, "listeners:", "  http: {address: ':8080'}", "  admin: {address: '"+address+"'}")
			m.Run(service.Restart)
			if got := strings.TrimSpace(m.Run("ss --no-header --numeric --listening --tcp | awk '{ print $4 }' | grep ':8081$'")); got != listens[address] {
				t.Errorf("%q listens, want %s", got, listens[address])
			}
			m.Run("curl --fail --silent --max-time 5 http://127.0.0.1:8081/livez")
		}
	})
}
