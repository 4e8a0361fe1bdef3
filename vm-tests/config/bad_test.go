//go:build linux

package config

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

func TestBadConfigIsToldWithItsPlace(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		for name, c := range map[string]struct {
			text string
			want string
		}{
			"malformed YAML":   {"server:\n\tread_timeout: 5s\n", service.ConfigFile + ":2:"},
			"unclosed list":    {"cors:\n  allow_origins: [a, b\n", service.ConfigFile + ":"},
			"unknown key":      {"serve:\n  read_timeout: 5s\n", service.ConfigFile + ":1:1: serve"},
			"unknown key deep": {"log:\n  lvl: info\n", service.ConfigFile + ":2:3: log.lvl"},
			"wrong type":       {"log:\n  access: perhaps\n", service.ConfigFile + ":2:11: log.access"},
			"list for a map":   {"log: [1, 2]\n", service.ConfigFile + ":1:6: log"},
			"number, no unit":  {"server:\n  read_timeout: 5\n", service.ConfigFile + ":2:17: server.read_timeout"},
			"out of range":     {"server:\n  max_header: 1KiB\n", service.ConfigFile + ":2:15: server.max_header"},
			"duplicate key":    {"log:\n  level: info\n  level: debug\n", service.ConfigFile + ":3:"},
			"not UTF-8":        {"log:\n  level: \xff\xfe\n", service.ConfigFile + ":"},
		} {
			m.Write(service.ConfigFile, c.text)
			if out := m.Fail(78, "gind check"); !strings.Contains(out, c.want) {
				t.Errorf("%s: not at %q:\n%s", name, c.want, out)
			}
			if out := m.Try("gind check").Output; strings.Contains(out, "panic") || strings.Contains(out, "goroutine") {
				t.Errorf("%s: %s", name, out)
			}
		}
	})
}

// withoutLastGood has a bad config fail the start, instead of the last good one
// being used.
func withoutLastGood(m *machine.Machine) {
	service.Configure(m, "listeners: {http: {address: ':8080'}}", "config: {fallback_to_last_good: false}")
	m.Run("systemctl restart gind")
}

// A bad config fails the start once, with its reason, and is not tried over and over.
func TestBadConfigFailsTheStartOnce(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		withoutLastGood(m)
		service.Configure(m, "log:", "  level: loud")
		m.Run("systemctl stop gind.service")
		m.Fail(1, "systemctl start gind.service")
		m.Run("systemctl is-failed gind.service")
		if got := service.Property(m, "ExecMainStatus"); got != "78" {
			t.Errorf("exit status %s, want 78", got)
		}
		if got := service.Property(m, "NRestarts"); got != "0" {
			t.Errorf("NRestarts=%s, want 0", got)
		}
		status := m.Try("systemctl status --no-pager --full gind").Output
		if !strings.Contains(status, service.ConfigFile+":2:10: log.level") {
			t.Errorf("systemctl status does not say why:\n%s", status)
		}
	})
}

func TestUnreadableConfigIsSaid(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		withoutLastGood(m)
		m.Run("chown root:root " + service.ConfigFile + " && chmod 600 " + service.ConfigFile)
		for _, command := range []string{"systemctl reload gind", "systemctl restart gind"} {
			m.Fail(1, command)
			if status := m.Try("systemctl status --no-pager --full gind").Output; !strings.Contains(status, service.ConfigFile) ||
				!strings.Contains(status, "permission denied") {
				t.Errorf("%s: systemctl status does not say why:\n%s", command, status)
			}
		}
	})
}

func TestPortInUseIsSaid(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		out := m.Fail(1, "gind serve --config /dev/null --set control.socket=/tmp/control.sock --listen 127.0.0.1:8080 2>&1")
		for _, want := range []string{`listener: \"http\"`, "127.0.0.1:8080", "address already in use"} { // a record, in JSON
			if !strings.Contains(out, want) {
				t.Errorf("not said: %s\n%s", want, out)
			}
		}
	})
}

func TestSocketThatNobodyWantsIsSaid(t *testing.T) {
	installed.Gind(t, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl stop gind.socket gind.service")
		service.DropIn(m, "gind.socket", "[Socket]\nFileDescriptorName=htpp")
		service.DropIn(m, "gind.service", "[Service]\nRestart=no")
		m.Fail(1, "systemctl start gind.service")
		m.Await(10*time.Second, "systemctl is-failed gind.service")
		status := m.Try("systemctl status --no-pager --full gind").Output
		for _, want := range []string{"htpp", `"http"`} {
			if !strings.Contains(status, want) {
				t.Errorf("systemctl status does not say %s:\n%s", want, status)
			}
		}
	})
}
