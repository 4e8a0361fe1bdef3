//go:build linux

package vmtests

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

func TestDeadlockIsEndedByTheWatchdog(t *testing.T) {
	withTestapp(t, nil, func(t *testing.T, m *machine.Machine) {
		dropIn(m, "gind.service", "[Service]\nWatchdogSec=2s")
		m.Run("systemctl start gind")
		if got := get(t, m.HTTP(), "/ok"); got.status != http.StatusOK {
			t.Fatalf("status %d before the deadlock", got.status)
		}
		m.Try("curl --silent --max-time 1 " + origin + "/deadlock")
		m.Await(15*time.Second, "test $(systemctl show --value --property=NRestarts gind) = 1 && systemctl is-active gind")
		if got := get(t, m.HTTP(), "/ok"); got.status != http.StatusOK {
			t.Errorf("status %d after the restart", got.status)
		}

		dump := messages(m.Journal("_SYSTEMD_UNIT=gind.service"))
		for _, want := range []string{"SIGABRT", "goroutine ", "testapp/main.go:"} {
			if !strings.Contains(dump, want) {
				t.Errorf("the journal has no goroutine dump: no %q", want)
			}
		}
	})
}

func messages(records []machine.Record) string {
	var all strings.Builder
	for _, record := range records {
		all.WriteString(record["MESSAGE"])
		all.WriteByte('\n')
	}
	return all.String()
}
