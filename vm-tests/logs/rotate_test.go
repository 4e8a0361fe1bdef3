//go:build linux

package logs

import (
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// The packaged snippet has logrotate rotate the log files under load, and no
// record is lost or torn.
func TestLogrotateLosesNothing(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const rotations = 4
		service.Configure(m, "log:", "  mirror: always", "  mirror_max_size: 0")
		m.Run("systemctl start gind.socket gind && cp /usr/share/doc/gind/examples/gind.logrotate /etc/logrotate.d/gind")
		load := startNumbered(t, m, "on")
		for range rotations {
			time.Sleep(time.Second)
			m.Run("logrotate --force /etc/logrotate.d/gind")
		}
		time.Sleep(time.Second)
		report := load.stop()
		m.Run("systemctl stop gind.socket gind")
		if got := m.Run("ls " + logDirectory + "/info.log*"); got != strings.Join([]string{
			"/var/log/gind/info.log", "/var/log/gind/info.log.1", "/var/log/gind/info.log.2.gz", "/var/log/gind/info.log.3.gz", "/var/log/gind/info.log.4.gz",
		}, "\n") {
			t.Errorf("the files are:\n%s", got)
		}
		if got := m.Run("stat --format='%U %a' " + logDirectory + "/info.log"); got != "gind 640" {
			t.Errorf("the new file is %s", got)
		}
		seen := &ledger{t: t, run: "on", requests: map[string]bool{}}
		seen.readMirror(m)
		seen.readJournal(m) // the few of which the files had to have no copy, when the disk was too slow
		t.Logf("%d requests, %d failed: %d records in the files", report.fine+report.failed, report.failed, seen.inFiles)
		if seen.fine != report.fine || seen.failed != report.failed {
			t.Errorf("of %d requests that succeeded %d have a record, of %d that failed %d",
				report.fine, seen.fine, report.failed, seen.failed)
		}
	}, machine.With("logrotate"))
}
