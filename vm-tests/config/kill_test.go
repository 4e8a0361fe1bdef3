//go:build linux

package config

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// killed is the program that kills the service while it reloads and rolls back,
// at a moment of its own, and looks whether the history reads and the next
// process serves.
const killed = `i=$1 n=$(($1 * 7))
write() { printf 'listeners: {http: {address: ":8080"}}\ncors: {max_age: %ds}\n' $1 >/etc/gind/new && mv /etc/gind/new /etc/gind/gind.yaml; }
turns() {
	while :; do
		write $((++n % 50 + 1)); gind reload; gind config rollback; gind config rollback --release
	done
}
turns >/dev/null 2>&1 & turns=$!
sleep 0.$(printf %03d $((i * 37 % 400)))
before=$(systemctl show --value --property=MainPID gind)
systemctl kill --signal=KILL --kill-who=main gind
kill $turns; wait $turns 2>/dev/null
for ((tries = 0; tries < 300; tries++)); do
	now=$(systemctl show --value --property=MainPID gind)
	[ "$now" != 0 ] && [ "$now" != "$before" ] && systemctl --quiet is-active gind && gind status >/dev/null 2>&1 && break
	sleep 0.05
done
[ $tries -lt 300 ] || { echo "instant $i: the service does not start"; systemctl status gind; exit 1; }
gind config history >/root/history || { echo "instant $i: the history does not read"; cat /root/history; exit 1; }
curl --silent --fail --output /dev/null http://127.0.0.1:8080/livez || { echo "instant $i: the service does not serve"; exit 1; }
`

// TestKilledReloadsLeaveAHistoryAndAService: 12 instants, or as many as
// GIND_VM_ROUNDS says. Package config's own test has hundreds.
func TestKilledReloadsLeaveAHistoryAndAService(t *testing.T) {
	instants := machine.Rounds(t, 12)
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", service.Often)
		m.Write("/root/killed", killed)
		m.Run("systemctl restart gind")
		for i := range instants {
			m.Run("bash /root/killed " + strconv.Itoa(i))
		}
		if crit := m.Journal("-u", "gind", "-p", "crit", rolledBack); len(crit) > 0 { // not the crashes
			t.Errorf("a config was bad after all: %s", machine.Messages(crit))
		}
		m.Await(10*time.Second, "gind status | grep config")
		if left := m.Run("ls -A /var/lib/gind/config | grep -c '^.new-' || true"); strings.TrimSpace(left) > "9" {
			t.Errorf("%s files were left behind", left)
		}
	})
}
