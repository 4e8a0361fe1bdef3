//go:build linux

package vmtests

import (
	"os"
	"testing"

	"github.com/gind/gind/vm-tests/machine"
)

func TestMain(m *testing.M) { os.Exit(machine.Main(m)) }

// onDebian runs a test on a machine of each release, both at a time.
func onDebian(t *testing.T, test func(t *testing.T, m *machine.Machine), opts ...machine.Option) {
	t.Helper()
	for _, suite := range machine.Suites {
		t.Run(string(suite), func(t *testing.T) {
			t.Parallel()
			test(t, machine.Start(t, suite, opts...))
		})
	}
}

// withGind runs a test on machines where the package is installed and the service runs.
func withGind(t *testing.T, test func(t *testing.T, m *machine.Machine), opts ...machine.Option) {
	t.Helper()
	onDebian(t, func(t *testing.T, m *machine.Machine) {
		installDeb(t, m)
		test(t, m)
	}, opts...)
}

func installDeb(t *testing.T, m *machine.Machine) string {
	t.Helper()
	m.Copy(packagePath(t, "GIND_DEB"), "/root/gind.deb")
	return m.Run("apt-get install -y /root/gind.deb")
}

// packagePath is the package to test, as the environment says.
func packagePath(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s names no package: make vm-test builds them", variable)
	}
	return path
}
