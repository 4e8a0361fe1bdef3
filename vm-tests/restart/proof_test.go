//go:build linux

package restart

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// A release that answers nobody, or everybody with an error, does not replace one
// that does better at that moment.
func TestUpgradeIsOverWhenTheSuccessorHasAnswered(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m, "upgrade:", "  timeout: 10s")
		for _, c := range upgrades {
			t.Run(c.name, func(t *testing.T) { c.try(t, m) })
		}
	})
}

// What a release answers to everybody.
const works, maintenance, hangs = "", "503", "0"

// upgrade from one release to the next.
type upgrade struct {
	name, old, next, flag string
	refused               string // with this text, if it is
}

var upgrades = []upgrade{
	{name: "both serve", old: works, next: works},
	{
		name: "the new one is broken", old: works, next: maintenance,
		refused: "the new program answers requests with 503 Service Unavailable, the running one with 204",
	},
	{name: "both in maintenance", old: maintenance, next: maintenance},
	{name: "the new one ends the maintenance", old: maintenance, next: works},
	{name: "by force", old: works, next: maintenance, flag: " --force"},
	{
		name: "the new one hangs", old: works, next: hangs, flag: " --force",
		refused: "it answers no request: listener http: the probe",
	},
}

func (u upgrade) try(t *testing.T, m *machine.Machine) {
	answerWith(m, u.old)
	m.Run(service.Restart)
	process := service.Property(m, "MainPID")
	answerWith(m, u.next)
	result := m.Try(service.Upgrade + u.flag)
	if (result.Status == 0) != (u.refused == "") || !strings.Contains(result.Output, u.refused) {
		t.Errorf("exit status %d, want %q:\n%s", result.Status, u.refused, result.Output)
	}
	if u.refused != "" {
		wantServing(t, m, process, u.old, false)
		return
	}
	wantServing(t, m, process, u.next, true)
}

// answerWith makes testapp, from its next start on, one that answers so.
func answerWith(m *machine.Machine, answer string) {
	m.Run("rm -f /etc/testapp-answer")
	if answer != "" {
		m.Write("/etc/testapp-answer", answer+"\n")
		m.Run("chmod 644 /etc/testapp-answer")
	}
}

// wantServing checks who is the service, and that it does what it is meant to.
func wantServing(t *testing.T, m *machine.Machine, before, answer string, replaced bool) {
	t.Helper()
	if now := service.Property(m, "MainPID"); (now != before) != replaced {
		t.Errorf("the main process was %s and is %s, replaced: want %v", before, now, replaced)
	}
	want := map[string]int{"": http.StatusOK, "503": http.StatusServiceUnavailable}[answer]
	if got := service.Get(t, m.HTTP(), "/ok"); got.Status != want {
		t.Errorf("answers %d, want %d", got.Status, want)
	}
	if restarts := service.Property(m, "NRestarts"); restarts != "0" {
		t.Errorf("NRestarts=%s", restarts)
	}
}
