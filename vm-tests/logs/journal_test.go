//go:build linux

package logs

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

func TestErrorsInTheJournalAreThePanics(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl start gind")
		askPanicMissingAndFine(t, m)
		for id, priority := range map[string]string{"panic-1": "3", "missing-1": "4", "fine-1": "6"} {
			if record := service.RecordOf(t, m, id); record["PRIORITY"] != priority {
				t.Errorf("request %s: priority %s, want %s", id, record["PRIORITY"], priority)
			}
		}

		records := m.Journal("-u", "gind", "-p", "err")
		if len(records) != 1 {
			t.Fatalf("%d records, want the panic alone:\n%s", len(records), machine.Messages(records))
		}
		record := records[0]
		for field, want := range map[string]string{
			"PRIORITY":          "3",
			"SYSLOG_IDENTIFIER": "gind",
			"REQUEST_ID":        "panic-1",
			"METHOD":            "GET",
			"PATH":              "/panic",
			"MESSAGE":           "this is the panic",
			"STACK":             "testapp/main.go:",
			"CODE_FILE":         "main.go",
			"CODE_FUNC":         "main.",
		} {
			if !strings.Contains(record[field], want) {
				t.Errorf("%s=%q, want %q in it", field, record[field], want)
			}
		}
		if !regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(record["CODE_LINE"]) {
			t.Errorf("CODE_LINE=%q", record["CODE_LINE"])
		}
	})
}

// systemctl's own commands ask for and change what is logged, of whichever
// process is the service. Nobody but root and the group gind may change it.
func TestSystemctlSetsLevelAndTarget(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl start gind.socket gind")
		logsLevel(t, m, "info")
		m.Run("systemctl service-log-level gind debug")
		logsLevel(t, m, "debug")
		service.Get(t, m.HTTP(), "/livez", "X-Request-ID: probe-1")
		if record := service.RecordOf(t, m, "probe-1"); record["PRIORITY"] != "7" {
			t.Errorf("a record at debug has the priority %s", record["PRIORITY"])
		}
		if got := m.Try("systemctl service-log-level gind loud"); got.Status == 0 {
			t.Error("loud is a level")
		}
		m.Run("useradd --system stranger")
		const set = "busctl set-property io.github.gind.gind /org/freedesktop/LogControl1 org.freedesktop.LogControl1 LogLevel s "
		if got := m.Try("setpriv --reuid=stranger --clear-groups " + set + "err"); got.Status == 0 {
			t.Error("anybody may change the level")
		}
		logsLevel(t, m, "debug")

		process := service.Property(m, "MainPID")
		m.Run("gind upgrade")
		if service.Property(m, "MainPID") == process {
			t.Error("the upgrade was none")
		}
		logsLevel(t, m, "info")
		m.Run("systemctl service-log-level gind warning")
		logsLevel(t, m, "warning")
		m.Run("systemctl restart gind")
		logsLevel(t, m, "info")

		if got := m.Run("systemctl service-log-target gind"); got != "journal" {
			t.Errorf("the target is %s", got)
		}
		m.Run("systemctl service-log-target gind console")
		if got := m.Run("systemctl service-log-target gind"); got != "console" {
			t.Errorf("the target is %s", got)
		}
		service.Get(t, m.HTTP(), "/ok", "X-Request-ID: console-1")
		m.Await(10*time.Second, "journalctl -u gind _TRANSPORT=stdout | grep --quiet console-1")
		m.Run("systemctl service-log-target gind journal")
		service.Get(t, m.HTTP(), "/ok", "X-Request-ID: journal-1")
		service.RecordOf(t, m, "journal-1")

		// systemd 257 sets it itself, with RestartMode=debug.
		way, kill := "Environment=DEBUG_INVOCATION=1", "systemctl restart gind"
		if m.Suite != machine.Bookworm {
			way, kill = "RestartMode=debug", "systemctl kill --signal=KILL gind"
		}
		service.DropIn(m, "gind.service", "[Service]", way)
		logsLevel(t, m, "info")
		m.Run(kill)
		logsLevel(t, m, "debug")
	})
}

// logsLevel waits until the service says that it logs at a level. It is on the
// bus a moment after it is ready.
func logsLevel(t *testing.T, m *machine.Machine, level string) {
	t.Helper()
	m.Await(10*time.Second, "test \"$(systemctl service-log-level gind)\" = "+level)
}

// What README.md and docs/operations.md tell an operator to type shows what they say.
func TestJournalctlShowsWhatTheReadmeSays(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl start gind")
		askPanicMissingAndFine(t, m)
		for _, id := range []string{"panic-1", "missing-1", "fine-1"} {
			service.RecordOf(t, m, id)
		}
		warnings := m.Journal("-u", "gind", "-p", "warning..warning")
		if len(warnings) != 1 || warnings[0]["REQUEST_ID"] != "missing-1" || warnings[0]["STATUS"] != "404" {
			t.Errorf("the warnings are not the 4xx:\n%s", machine.Messages(warnings))
		}
		verbose := m.Run("journalctl --no-pager -o verbose REQUEST_ID=panic-1")
		for _, field := range []string{"PRIORITY=3", "REQUEST_ID=panic-1", "PATH=/panic", "STATUS=500", "CODE_FILE=", "CODE_LINE=",
			"MESSAGE_ID=" + string(journal.EventPanic), "STACK=", "_SYSTEMD_UNIT=gind.service"} {
			if !strings.Contains(verbose, "    "+field) {
				t.Errorf("-o verbose has no %s:\n%s", field, verbose)
			}
		}

		m.Run("systemctl reload gind")
		m.Write(service.ConfigFile, "nonsense: true\n")
		m.Fail(1, "systemctl reload gind")
		m.Run("rm " + service.ConfigFile + "; systemctl restart gind; gind upgrade; systemctl stop gind")
		explained := m.Run("journalctl --no-pager -x -u gind SYSLOG_IDENTIFIER=gind")
		for _, text := range []string{"Defined-By: gind", "The service is ready after", "handler panicked", "What to do:"} {
			if !strings.Contains(explained, text) {
				t.Errorf("-x does not say %q:\n%s", text, explained)
			}
		}
		for _, place := range regexp.MustCompile(`@[A-Z_]+@`).FindAllString(explained, -1) {
			t.Errorf("-x leaves a hole in an explanation: the record has no field %s", place)
		}
	})
}

func TestWithoutJournaldLevelsHaveFilesOfTheirOwn(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("systemctl start gind")
		first := service.Property(m, "MainPID")
		m.Run(stopJournald)
		m.Fail(3, "systemctl is-active systemd-journald.service")
		askPanicMissingAndFine(t, m)
		if service.Property(m, "MainPID") != first {
			t.Error("the service did not go on")
		}

		m.Await(5*time.Second, "grep --quiet fine-1 /var/log/gind/info.log && grep --quiet missing-1 /var/log/gind/warn.log")
		for file, want := range map[string]struct{ id, level string }{
			"error.log": {"panic-1", "ERROR"},
			"warn.log":  {"missing-1", "WARN"},
			"info.log":  {"fine-1", "INFO"},
		} {
			text := m.Run("cat /var/log/gind/" + file)
			for _, id := range []string{"panic-1", "missing-1", "fine-1"} {
				if has := strings.Contains(text, id); has != (id == want.id) {
					t.Errorf("%s has %s: %v", file, id, has)
				}
			}
			for line := range strings.Lines(text) {
				var record map[string]any
				if err := json.Unmarshal([]byte(line), &record); err != nil || record["level"] != want.level {
					t.Errorf("%s: level %v, %v: %s", file, record["level"], err, line)
				}
			}
		}
		if got := m.Run("stat --format='%U %a' /var/log/gind/error.log"); got != "gind 640" {
			t.Errorf("error.log is %s", got)
		}

		m.Run(startJournald)
		for deadline, ask := time.Now().Add(10*time.Second), m.HTTP(); len(m.Journal("-u", "gind", "REQUEST_ID=back")) == 0; {
			if time.Now().After(deadline) {
				t.Fatal("the journal gets no records from gind since it is back")
			}
			service.Get(t, ask, "/panic", "X-Request-ID: back")
		}
	})
}

// askPanicMissingAndFine makes one request of each kind, with ids to find them by.
func askPanicMissingAndFine(t *testing.T, m *machine.Machine) {
	t.Helper()
	client := m.HTTP()
	for _, ask := range []struct {
		path, id string
		status   int
	}{
		{"/panic", "panic-1", http.StatusInternalServerError},
		{"/missing", "missing-1", http.StatusNotFound},
		{"/ok", "fine-1", http.StatusOK},
	} {
		got := service.Get(t, client, ask.path, "X-Request-ID: "+ask.id)
		if got.Status != ask.status {
			t.Errorf("GET %s: status %d, want %d", ask.path, got.Status, ask.status)
		}
		if got.Header.Get("X-Request-ID") != ask.id {
			t.Errorf("GET %s: request id %q", ask.path, got.Header.Get("X-Request-ID"))
		}
	}
}
