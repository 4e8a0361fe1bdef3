//go:build linux

package installed

import (
	"os"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/programs"
	"github.com/gind/gind/vm-tests/service"
)

// Gind runs a test on machines where the package is installed and the service runs.
func Gind(t *testing.T, test func(t *testing.T, m *machine.Machine), opts ...machine.Option) {
	t.Helper()
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		Deb(t, m)
		test(t, m)
	}, opts...)
}

// Testapp runs a test on machines where testapp, set up by variables
// ("NAME=value"), serves in gind's place. It is not started yet.
func Testapp(t *testing.T, variables []string, test func(t *testing.T, m *machine.Machine), opts ...machine.Option) {
	t.Helper()
	Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.socket gind.service")
		m.Copy(programs.Build(t, "testapp"), "/usr/bin/gind")
		for _, variable := range variables {
			service.DropIn(m, "gind.service", "[Service]\nEnvironment="+variable)
		}
		test(t, m)
	}, opts...)
}

// Deb installs the package as an operator does, and returns what apt says.
func Deb(t *testing.T, m *machine.Machine) string {
	t.Helper()
	m.Copy(Package(t, "GIND_DEB"), "/root/gind.deb")
	return m.Run("apt-get install -y /root/gind.deb")
}

// Package is the package to test, as the environment says.
func Package(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s names no package: make vm-test builds them", variable)
	}
	return path
}

// WithMailAndOpenSSL adds Debian's smallest mail system, and what another test needs:
// each set of packages is a root of its own.
var WithMailAndOpenSSL = machine.With("dma", "openssl")

// WantRunning is what holds once a package is installed: the service answers, and
// will do so after the next boot.
func WantRunning(t *testing.T, m *machine.Machine) {
	t.Helper()
	for unit, want := range map[string]string{"gind.service": "enabled", "gind.socket": "enabled", "gind-control.socket": "static", "gind-crash-loop.path": "static"} {
		if got := m.Try("systemctl is-enabled " + unit).Output; got != want {
			t.Errorf("%s is %s, want %s", unit, got, want)
		}
	}
	m.Await(10*time.Second, "systemctl is-active gind.service gind.socket gind-control.socket gind-crash-loop.path")
	m.Run("curl --fail --silent --show-error --output /dev/null http://127.0.0.1:8080/")
}
