//go:build linux

package install

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// A newer package replaces the running program without a gap: no request of
// clients that keep their connections is lost, and none of those is closed.
func TestNewerPackageReplacesTheProgramWithoutAGap(t *testing.T) {
	newer := map[string]string{"deb": newerPackage(t, "deb"), "rpm": newerPackage(t, "rpm")}
	for kind, install := range map[string]struct{ first, newer string }{
		"deb": {"apt-get install -y /root/gind.deb", "apt-get install -y /root/newer"},
		"rpm": {"rpm --nodeps --install /root/gind.rpm", "rpm --nodeps --upgrade /root/newer"},
	} {
		t.Run(kind, func(t *testing.T) {
			machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
				m.Copy(installed.Package(t, "GIND_"+strings.ToUpper(kind)), "/root/gind."+kind)
				m.Copy(newer[kind], "/root/newer."+kind)
				m.Run(install.first)
				installed.WantRunning(t, m)
				process, start := service.Property(m, "MainPID"), service.Property(m, "InvocationID")

				load := traffic.Start(t, m, client.Options{Conns: 50, Exchange: alive, Pause: 20 * time.Millisecond})
				m.Run(install.newer + "." + kind)
				traffic.Stop(t, load, 50)

				if service.Property(m, "MainPID") == process {
					t.Error("the old process is still the main one")
				}
				if service.Property(m, "InvocationID") != start {
					t.Error("it was a restart, though the units are the same")
				}
				if got := m.Run("gind status"); !strings.Contains(got, newVersion) {
					t.Errorf("the new program does not serve: %s", got)
				}
			})
		})
	}
}

// A crash of the new program within its trial starts the one that the package has kept,
// and so does a crash after an upgrade that has failed.
func TestNewerPackageIsOnTrial(t *testing.T) {
	newer := map[string]string{"deb": newerPackage(t, "deb"), "rpm": newerPackage(t, "rpm")}
	for kind, install := range map[string]struct{ first, newer, erase string }{
		"deb": {"apt-get install -y /root/gind.deb", "apt-get install -y /root/newer.deb", "apt-get purge -y gind"},
		"rpm": {"rpm --nodeps --install /root/gind.rpm", "rpm --nodeps --upgrade /root/newer.rpm", "rpm --nodeps --erase gind"},
	} {
		t.Run(kind, func(t *testing.T) {
			machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
				m.Copy(installed.Package(t, "GIND_"+strings.ToUpper(kind)), "/root/gind."+kind)
				m.Copy(newer[kind], "/root/newer."+kind)
				m.Run(install.first)
				first := m.Run("gind version")
				m.Run(install.newer)
				if got := m.Run("gind status"); !strings.Contains(got, newVersion) || !strings.Contains(got, "a crash before that starts "+kept) {
					t.Errorf("the new program is not on trial:\n%s", got)
				}
				if got := m.Run(kept + " version"); got != first {
					t.Errorf("the package has kept %q, want %q", got, first)
				}
				m.Run("systemctl kill --signal=KILL gind")
				m.Await(10*time.Second, "gind status | grep '"+newVersion+"\\|failed its trial' | grep -v '^gind '")
				wantServing(t, m, kept)
				m.Run("gind upgrade && systemctl restart gind")
				wantServing(t, m, "/usr/bin/gind")
				m.Run("gind upgrade --back && systemctl restart gind")
				wantServing(t, m, kept)
				m.Run(install.erase)
				m.Fail(1, "test -e /usr/lib/gind || test -e /var/lib/gind-program")
			})
		})
	}
}

// kept is where packages keep the program before.
const kept = "/usr/lib/gind/before/gind"

// wantServing waits for a program to serve.
func wantServing(t *testing.T, m *machine.Machine, program string) {
	t.Helper()
	m.Await(10*time.Second, "test $(readlink /proc/$(systemctl show --value --property=MainPID gind)/exe) = "+program)
	m.Await(10*time.Second, service.InSubState("running"))
	if got := service.Get(t, m.HTTP(), "/"); got.Status != 200 {
		t.Errorf("status %d", got.Status)
	}
}

// Where the units are new as well it is a restart, and a program that does not start
// gives way to the one before.
func TestBrokenPackageWithNewUnitsGivesWayToTheProgramBefore(t *testing.T) {
	newer := newerPackage(t, "deb")
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		repack(m, newer, "sed -i 's/^WatchdogSec=.*/WatchdogSec=33/' usr/lib/systemd/system/gind.service && "+
			`printf '#!/bin/sh\necho "no such engine" >&2\nexit 7\n' >usr/bin/gind`)
		if output := m.Run("apt-get install -y /root/newer.deb 2>&1"); !strings.Contains(output, "PROGRAM BEFORE SERVES") {
			t.Errorf("apt does not say which program serves:\n%s", output)
		}
		wantServing(t, m, kept)
		if got := service.Property(m, "WatchdogUSec"); got != "33s" {
			t.Errorf("WatchdogSec is %s", got)
		}
	})
}

// New unit files take effect with a restart, which loses nothing either.
func TestNewerUnitsRestartTheServiceWithoutLoss(t *testing.T) {
	newer := newerPackage(t, "deb")
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		start := service.Property(m, "InvocationID")
		repack(m, newer, "sed -i 's/^WatchdogSec=.*/WatchdogSec=33/' usr/lib/systemd/system/gind.service")
		load := traffic.Start(t, m, client.Options{Conns: 50, Exchange: alive, Pause: 20 * time.Millisecond})
		m.Run("apt-get install -y /root/newer.deb")
		traffic.Stop(t, load, 50)
		if service.Property(m, "InvocationID") == start {
			t.Error("it was not restarted")
		}
		if got := service.Property(m, "WatchdogUSec"); got != "33s" {
			t.Errorf("WatchdogSec is %s", got)
		}
	})
}

// A program that does not come up does not take the service down, and apt's
// output says so.
func TestBrokenPackageLeavesTheOldProcess(t *testing.T) {
	newer := newerPackage(t, "deb")
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		process := service.Property(m, "MainPID")
		repack(m, newer, `printf '#!/bin/sh\necho "no such engine" >&2\nexit 7\n' >usr/bin/gind`)
		// The client of the control socket is the broken program as well.
		output := m.Run("apt-get install -y /root/newer.deb 2>&1")
		for _, want := range []string{"OLD PROCESS SERVES ON", "no such engine"} {
			if !strings.Contains(output, want) {
				t.Errorf("apt does not say %q:\n%s", want, output)
			}
		}
		if service.Property(m, "MainPID") != process {
			t.Error("the old process is gone")
		}
		if got := service.Get(t, m.HTTP(), "/"); got.Status != 200 {
			t.Errorf("status %d", got.Status)
		}
	})
}

const newVersion = "99.0.0"

// newerPackage is the package under test with a higher version, and a program
// that says so.
func newerPackage(t *testing.T, kind string) string {
	t.Helper()
	installed.Package(t, "GIND_DEB") // or the test is left out
	folder := t.TempDir()
	target := filepath.Join(folder, "newer."+kind)
	program := filepath.Join(folder, "gind")
	run(t, nil, "go", "build", "-trimpath", "-ldflags", "-s -w -X github.com/gind/gind.version="+newVersion, "-o", program, "./cmd/app")
	config := filepath.Join(folder, "nfpm.yaml")
	text, err := os.ReadFile("../../packaging/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "src: build/gind\n", "src: "+program+"\n", 1))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, []string{"VERSION=" + newVersion}, "go", "tool", "-modfile=tools/go.mod", "nfpm", "package",
		"--config", config, "--packager", kind, "--target", target)
	return target
}

// run a command at the top of the tree.
func run(t *testing.T, variables []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), append(variables, "CGO_ENABLED=0")...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, text)
	}
}

// repack changes what is in a .deb, on the machine.
func repack(m *machine.Machine, deb, change string) {
	m.Copy(deb, "/root/newer.deb")
	m.Run("cd /root && dpkg-deb -R newer.deb tree && cd tree && " + change + " && cd .. && dpkg-deb -b tree newer.deb")
}

// alive asks for what every gind has.
func alive(c *client.Conn) error {
	answer, err := c.Do("GET /version HTTP/1.1\r\nHost: gind\r\n\r\n")
	if err == nil && answer.Status != 200 {
		err = fmt.Errorf("status %d", answer.Status)
	}
	return err
}
