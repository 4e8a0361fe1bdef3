//go:build linux

package service

import (
	"strings"

	"github.com/gind/gind/vm-tests/machine"
)

// ConfigFile is the service's config.
const ConfigFile = "/etc/gind/gind.yaml"

// Often lets a service be restarted, and crash, as often as a test likes, and be back at once.
const Often = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nEnvironment=GIND_BACKOFF_FIRST=10ms GIND_BACKOFF_MIN=10ms GIND_BACKOFF_MAX=10ms"

// The ways in which a process follows another one.
const (
	Restart = "systemctl restart gind"
	Upgrade = "gind upgrade"
)

// Configure writes the whole config.
func Configure(m *machine.Machine, lines ...string) {
	m.Write(ConfigFile, strings.Join(lines, "\n")+"\n")
}

// DropIn adds lines to a unit, as "systemctl edit" would.
func DropIn(m *machine.Machine, unit string, lines ...string) {
	m.Run("mkdir -p /etc/systemd/system/" + unit + ".d")
	m.Run("printf '%s\\n' " + machine.Quote(strings.Join(lines, "\n")) + " >>/etc/systemd/system/" + unit + ".d/test.conf")
	m.Run("systemctl daemon-reload")
}

// StartForLoad starts testapp so that it can be restarted under load: often, and
// with the processor for the load and not for the log.
func StartForLoad(m *machine.Machine, config ...string) {
	DropIn(m, "gind.service", Often)
	Configure(m, append([]string{"log:", "  access: false"}, config...)...)
	m.Run("systemctl start gind.socket gind")
}

// Property asks systemd for one property of gind.service.
func Property(m *machine.Machine, name string) string { return PropertyOf(m, "gind.service", name) }

// PropertyOf asks systemd for one property of another unit.
func PropertyOf(m *machine.Machine, unit, name string) string {
	return m.Run("systemctl show --value --property=" + name + " " + unit)
}

// InSubState is a line of shell that succeeds while gind.service is in a state.
func InSubState(state string) string {
	return "test $(systemctl show --value --property=SubState gind) = " + state
}
