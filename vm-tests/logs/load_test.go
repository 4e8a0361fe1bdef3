//go:build linux

package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// standstill is how long journald is stopped in each way. GIND_LOG_STANDSTILL=10s
// takes the time that the promise speaks of, and holds the test to its factor;
// less is as long as CI has, on a machine that does other things beside.
func standstill(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("GIND_LOG_STANDSTILL")
	if text == "" {
		return 4 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("GIND_LOG_STANDSTILL: %v", err)
	}
	return d
}

// numbered has wrk number its requests, in X-Request-ID. One in a hundred fails.
const numbered = `
local threads = 0
function setup(thread)
	threads = threads + 1
	thread:set("thread", threads)
end
function init(args)
	run, n = args[1], 0
end
function request()
	n = n + 1
	local path = "/ok"
	if n % 100 == 0 then path = "/fail" end
	return wrk.format("GET", path, {["Host"] = "gind", ["X-Request-ID"] = run .. "-" .. thread .. "-" .. n})
end
`

const stopJournald = "systemctl stop systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket systemd-journald.service"
const startJournald = "systemctl start systemd-journald.socket systemd-journald-dev-log.socket systemd-journald.service"

// As many requests a second as wrk makes, each with its record in the access log,
// at the default settings: whatever becomes of journald meanwhile, no request waits
// for it, and every record is in the journal or in the mirror, whole.
func TestNothingIsLostUnderLoadWhateverJournaldDoes(t *testing.T) {
	stopped := standstill(t)
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Write("/etc/systemd/journald.conf.d/test.conf", "[Journal]\nRuntimeMaxUse=1G\n")
		m.Run("systemctl restart systemd-journald")
		m.Run("systemctl start gind.socket gind")

		before := quietLoad(t, m, stopped)
		service.Configure(m, "")
		m.Run("systemctl reload gind")
		load := startNumbered(t, m, "on")
		time.Sleep(stopped)
		m.Run("kill -STOP $(pidof systemd-journald)")
		time.Sleep(stopped)
		m.Run("kill -CONT $(pidof systemd-journald)")
		time.Sleep(stopped / 2)
		m.Run(stopJournald)
		time.Sleep(stopped)
		m.Run(startJournald)
		for range 3 {
			time.Sleep(stopped / 4)
			m.Run("systemctl restart systemd-journald")
		}
		time.Sleep(stopped / 4)
		with := load.stop()
		after := quietLoad(t, m, stopped)
		factor := 2 * float64(with.p99) / float64(before.p99+after.p99)
		t.Logf("p99 %v, with logging off %v before and %v after: %.2f times as long; slowest %v, %v, %v",
			with.p99, before.p99, after.p99, factor, with.slowest, before.slowest, after.slowest)
		if stopped >= 10*time.Second && factor > 1.2 {
			t.Errorf("p99 is %.2f times as long as with logging off", factor)
		}
		if with.slowest >= stopped {
			t.Errorf("a request took %v: it has waited for journald, which was stopped for %v", with.slowest, stopped)
		}

		stats := journalStats(t, m)
		if stats.Lost != 0 || stats.Spilled == 0 || stats.Governed == 0 {
			t.Errorf("%+v", stats)
		}
		m.Run("systemctl stop gind.socket gind") // everything is where it belongs then
		seen := &ledger{t: t, run: "on", requests: map[string]bool{}}
		seen.readJournal(m)
		seen.readMirror(m)
		fine, failed := with.fine-before.fine, with.failed-before.failed
		t.Logf("%d requests, %d failed: %d records in the journal, %d in the files", fine+failed, failed, seen.inJournal, seen.inFiles)
		if seen.fine != fine || seen.failed != failed {
			t.Errorf("of %d requests that succeeded %d have a record, of %d that failed %d", fine, seen.fine, failed, seen.failed)
		}
		if back := m.Journal("-u", "gind", "MESSAGE_ID="+string(journal.EventBack)); len(back) == 0 || back[0]["LOST"] != "0" {
			t.Errorf("no notice of what became of the records:\n%s", machine.Messages(back))
		}
	})
}

// quietLoad is a load with the access log off, for a time.
func quietLoad(t *testing.T, m *machine.Machine, d time.Duration) loadReport {
	t.Helper()
	service.Configure(m, "log:", "  access: false")
	m.Run("systemctl reload gind")
	load := startNumbered(t, m, "off")
	time.Sleep(d)
	return load.stop()
}

// numberedLoad is wrk with a script.
type numberedLoad struct {
	t      *testing.T
	m      *machine.Machine
	cmd    *exec.Cmd
	output strings.Builder
}

// loadReport is what clients and service say of a load.
type loadReport struct {
	p99, slowest time.Duration
	fine, failed int // requests that the service has answered since it started
}

func startNumbered(t *testing.T, m *machine.Machine, run string) *numberedLoad {
	t.Helper()
	script := filepath.Join(t.TempDir(), "numbered.lua")
	if err := os.WriteFile(script, []byte(numbered), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &numberedLoad{t: t, m: m}
	l.cmd = m.Command(context.Background(), "wrk", "-t2", "-c64", "-d10m", "--timeout", "60s", "--latency", "-s", script, service.Origin, "--", run)
	l.cmd.Stdout, l.cmd.Stderr = &l.output, &l.output
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill() })
	return l
}

var (
	latencyLine = regexp.MustCompile(`Latency +\S+ +\S+ +(\S+)`)
	p99Line     = regexp.MustCompile(`99% +(\S+)`)
)

func (l *numberedLoad) stop() loadReport {
	l.t.Helper()
	_ = l.cmd.Process.Signal(os.Interrupt)
	err := l.cmd.Wait()
	text := l.output.String()
	slowest, p99 := latencyLine.FindStringSubmatch(text), p99Line.FindStringSubmatch(text)
	if err != nil || slowest == nil || p99 == nil || strings.Contains(text, "Socket errors") {
		l.t.Fatalf("wrk: %v\n%s", err, text)
	}
	report := loadReport{p99: wrkTime(l.t, p99[1]), slowest: wrkTime(l.t, slowest[1])}
	// wrk leaves in the middle of requests, which are still answered.
	l.m.Await(10*time.Second, "test \"$(curl -s "+service.Origin+"/metrics | grep '^http_requests_in_flight')\" = 'http_requests_in_flight 1'")
	report.fine, report.failed = handled(l.t, l.m, "200", "/ok"), handled(l.t, l.m, "500", "/fail")
	return report
}

func wrkTime(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("wrk: %v", err)
	}
	return d
}

// handled is how many requests the service has answered, as its metrics have it.
func handled(t *testing.T, m *machine.Machine, code, route string) int {
	t.Helper()
	name := fmt.Sprintf(`http_request_duration_seconds_count{code="%s",method="GET",route="%s"} `, code, route)
	for line := range strings.Lines(service.Get(t, m.HTTP(), "/metrics").Body) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return int(n)
		}
	}
	return 0
}

// journalStats is what the service says of its log.
func journalStats(t *testing.T, m *machine.Machine) (s journal.Stats) {
	t.Helper()
	status := struct{ Journal *journal.Stats }{&s}
	if err := json.Unmarshal([]byte(m.Run("gind status --json")), &status); err != nil {
		t.Fatal(err)
	}
	return s
}
