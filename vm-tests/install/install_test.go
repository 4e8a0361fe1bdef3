//go:build linux

package install

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
)

func TestInstallStartsTheService(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		installed.WantRunning(t, m)
		if got := m.Run("stat --format='%U:%G %a' /run/gind/control.sock"); got != "root:gind 660" {
			t.Errorf("the control socket is %s", got)
		}
		if got := m.Run("stat --format='%U:%G %a' /etc/gind/gind.yaml"); got != "root:gind 640" {
			t.Errorf("the config is %s", got)
		}
		if got := m.Run("gind version"); !strings.Contains(got, m.Run("dpkg-query -W -f '${Version}' gind")) {
			t.Errorf("version: %s", got)
		}
		m.Run("gind status")
		m.Run("gind check")
	})
}

// TestTheRecipeForASecondInstance takes operations.md at its word.
func TestTheRecipeForASecondInstance(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## …a second gind is to run beside the first\n")
	_, section, _ = strings.Cut(section, "```sh\n")
	recipe, _, found := strings.Cut(section, "```\n")
	if !found {
		t.Fatal("there is no recipe")
	}
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run(recipe)
		m.Run("systemd-analyze verify gind-two.service")
		for _, port := range []string{"8080", "8081"} {
			m.Run("curl --fail --silent --show-error http://127.0.0.1:" + port + "/livez")
		}
		m.Run("systemctl restart gind gind-two && systemctl reload gind gind-two")
		m.Run("gind status | grep :8080 && gind --control=/run/gind-two/control.sock status | grep :8081")
		m.Run("systemctl service-log-level gind debug && test $(systemctl service-log-level gind) = debug")
		if failed := m.Run("systemctl --failed --no-legend"); failed != "" {
			t.Errorf("failed units:\n%s", failed)
		}
		if problems := m.Journal("-u", "gind-two", "-p", "warning"); len(problems) > 0 {
			t.Errorf("gind-two complains: %s", machine.Messages(problems))
		}
	})
}

func TestPurgeLeavesNothing(t *testing.T) {
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		before := files(m)
		installed.Deb(t, m)
		m.Run("systemctl restart gind && curl -fsS http://127.0.0.1:8080/")
		m.Run("echo '# mine' >>/etc/gind/gind.yaml && touch /etc/gind/mine.yaml /var/log/gind/error.log /var/lib/gind/state")
		m.Run("apt-get purge -y gind")
		wantSame(t, before, files(m))
		wantGone(t, m)
	})
}

func TestRemoveKeepsConfig(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("echo '# mine' >>/etc/gind/gind.yaml && apt-get remove -y gind")
		wantGone(t, m)
		installed.Deb(t, m)
		installed.WantRunning(t, m)
		m.Run("grep -q '# mine' /etc/gind/gind.yaml")
	})
}

func TestRPMInstallsAndErases(t *testing.T) {
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		before := files(m)
		m.Copy(installed.Package(t, "GIND_RPM"), "/root/gind.rpm")
		rpm(m, "--install /root/gind.rpm")
		installed.WantRunning(t, m)
		m.Run("gind status && touch /var/log/gind/error.log /var/lib/gind/state")
		rpm(m, "--upgrade --force /root/gind.rpm")
		installed.WantRunning(t, m)
		rpm(m, "--erase gind")
		wantSame(t, before, files(m))
		wantGone(t, m)
	})
}

func TestInstallationHonorsTheAdministrator(t *testing.T) {
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		m.Write("/usr/sbin/policy-rc.d", "exit 101\n")
		m.Run("chmod +x /usr/sbin/policy-rc.d && sed -i '1i #!/bin/sh' /usr/sbin/policy-rc.d")
		installed.Deb(t, m)
		m.Fail(3, "systemctl is-active gind.service")
		m.Run("rm /usr/sbin/policy-rc.d && systemctl start gind && systemctl is-active gind.service")

		m.Run("systemctl disable --now gind.service gind.socket")
		m.Run("apt-get install -y --reinstall /root/gind.deb")
		m.Fail(3, "systemctl is-active gind.service")
		m.Fail(1, "systemctl is-enabled gind.service")
	})
}

// An image is built where no systemd runs: nothing is started, and nothing fails.
func TestInstallWithoutRunningSystemd(t *testing.T) {
	machine.OnEach(t, func(t *testing.T, m *machine.Machine) {
		m.Copy(installed.Package(t, "GIND_DEB"), "/root/gind.deb")
		m.Copy(installed.Package(t, "GIND_RPM"), "/root/gind.rpm")
		m.Run("mount -t tmpfs none /run/systemd")
		before := files(m)
		m.Run("apt-get install -y /root/gind.deb && apt-get purge -y gind")
		rpm(m, "--install /root/gind.rpm")
		rpm(m, "--erase gind")
		wantSame(t, before, files(m))
	})
}

// rpm runs rpm, which Debian's own version for the older release has to be told twice.
func rpm(m *machine.Machine, arguments string) {
	m.Run("rpm $(rpm --help | grep --only-matching --max-count=1 -e --force-debian) " + arguments)
}

func TestReinstallKeepsConfigAndRestarts(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("echo '# mine' >>/etc/gind/gind.yaml && chmod 600 /etc/gind/gind.yaml && chown gind /etc/gind/gind.yaml")
		first := m.Run("systemctl show --property=MainPID --value gind")
		m.Run("apt-get install -y --reinstall /root/gind.deb")
		installed.WantRunning(t, m)
		if m.Run("systemctl show --property=MainPID --value gind") == first {
			t.Error("the old program still runs")
		}
		m.Run("grep -q '# mine' /etc/gind/gind.yaml")
		if got := m.Run("stat --format='%U %a' /etc/gind/gind.yaml"); got != "gind 600" {
			t.Errorf("the config's permissions became %s", got)
		}
	})
}

func TestUnitsAreCleanAndConfined(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		if out := m.Run("systemd-analyze verify gind.service gind.socket gind-control.socket gind-crash-loop.path gind-alert@gind.service.service"); out != "" {
			t.Errorf("systemd-analyze verify:\n%s", out)
		}
		text := m.Run("systemd-analyze security --no-pager gind.service")
		found := regexp.MustCompile(`Overall exposure level for gind.service: ([0-9.]+)`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("systemd-analyze security:\n%s", text)
		}
		if exposure, err := strconv.ParseFloat(found[1], 64); err != nil || exposure > 2 {
			t.Errorf("exposure %s, want 2.0 at most\n%s", found[1], text)
		}
		if warnings := m.Journal("--priority=warning", "_PID=1"); len(warnings) > 0 {
			t.Errorf("systemd warns: %q", warnings[0]["MESSAGE"])
		}
	})
}

func wantGone(t *testing.T, m *machine.Machine) {
	t.Helper()
	if units := m.Run("systemctl list-units --all --state=loaded --no-legend --plain 'gind*'"); units != "" {
		t.Errorf("systemd still has %s", units)
	}
	m.Fail(1, "pgrep -x gind")
	m.Fail(7, "curl --silent http://127.0.0.1:8080/") // connection refused
}

// notOurs are places that dpkg, apt, rpm, systemd and the making of a user
// write to whatever is installed.
var notOurs = regexp.MustCompile(`^(/proc|/sys|/dev|/tmp|/root|/var/tmp|/var/cache|/var/log/journal|/var/log/apt|/var/log/dpkg.log` +
	`|/var/lib/(apt|dpkg|rpm)|/root/.rpmdb|/var/lib/systemd/(catalog/database|timers)|/run/(systemd|udev|log|user|lock|dbus|rpm)` +
	`|/etc/(passwd|group|shadow|gshadow|\.pwd\.lock|subuid|subgid))`)

// files lists every file that a package could have left, and every folder of its name.
func files(m *machine.Machine) []string {
	all := strings.Split(m.Run(`find / /run -xdev ! -type d -o -name '*gind*'`), "\n")
	all = slices.DeleteFunc(all, notOurs.MatchString)
	slices.Sort(all)
	return slices.Compact(all)
}

func wantSame(t *testing.T, before, after []string) {
	t.Helper()
	for _, path := range after {
		if _, was := slices.BinarySearch(before, path); !was {
			t.Errorf("left behind: %s", path)
		}
	}
	for _, path := range before {
		if _, is := slices.BinarySearch(after, path); !is {
			t.Errorf("taken away: %s", path)
		}
	}
}
