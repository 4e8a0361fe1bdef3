package lab

import (
	"fmt"
	"strings"

	"github.com/gind/gind/vm-tests/machine"
)

// Mounted is where a machine has the session's folder, read-only.
const Mounted = "/opt/bench"

// packaged are the contenders that Debian packages, and the load generator.
// They are in every machine, so that one root serves all benchmarks.
var packaged = []string{"caddy", "haproxy", "nginx-light", "runit", "s6", "supervisor", "wrk"}

// Boot starts a machine that has the contenders and the session's folder. It is Debian 13.
func (s *Session) Boot() *machine.Machine {
	s.Logf("booting a Debian %s machine (the first time it is made, which takes a minute)", machine.Trixie)
	options := []machine.Option{machine.With(packaged...), machine.Mount(s.Dir(), Mounted)}
	for _, unit := range []string{"caddy", "haproxy", "nginx", "supervisor"} {
		// Masked, or they would fight for port 80 and processor time at boot.
		options = append(options, machine.Mount("/dev/null", "/etc/systemd/system/"+unit+".service"))
	}
	return machine.Start(s, machine.Trixie, options...)
}

// Describe says what contenders run in.
func Describe(m *machine.Machine) string {
	return fmt.Sprintf("Contenders are services of one machine: Debian 13 with systemd %s in a container (systemd-nspawn) "+
		"with a network of its own and a file system in memory.", PackageVersion(m, "systemd"))
}

// PackageVersion is the version of a Debian package in a machine, without its epoch and revision.
func PackageVersion(m *machine.Machine, name string) string {
	version := m.Run("dpkg-query --show --showformat='${Version}' " + machine.Quote(name))
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	version, _, _ = strings.Cut(version, "-")
	return version
}
