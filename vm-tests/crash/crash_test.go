//go:build linux

package crash

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

const (
	restartAsked = "d0bc0ee7037842d2ab30704160ffc2bb"
	crashFound   = "MESSAGE_ID=95357c235c3b4f9c929bfe105440137c"
	backTime     = 40 * time.Second // far above what a busy host needs
	watchdogTime = "WatchdogSec=3s"
)

// crash does something that a process does not survive, and returns the record in
// which the next one tells of it. The service is back in service then.
func crash(t *testing.T, m *machine.Machine, do func()) machine.Record {
	t.Helper()
	before := service.Property(m, "MainPID")
	begun := time.Now()
	do()
	m.Await(backTime, "test $(systemctl show --value --property=MainPID gind) != "+before+" && test $(systemctl is-active gind) = active")
	if got := service.Get(t, m.HTTP(), "/ok"); got.Status != http.StatusOK {
		t.Errorf("status %d after the restart", got.Status)
	}
	t.Logf("%s: in service again after %v", m.Suite, time.Since(begun).Round(100*time.Millisecond))
	var found []machine.Record
	for deadline := time.Now().Add(10 * time.Second); len(found) == 0 && time.Now().Before(deadline); {
		found = m.Journal(crashFound, "PREVIOUS_PID="+before)
	}
	if len(found) != 1 {
		t.Fatalf("%d records of the crash of process %s", len(found), before)
	}
	return found[0]
}

func curl(m *machine.Machine, path string) func() {
	return func() { m.Try("curl --silent --max-time 2 " + service.Origin + path) }
}

// TestEveryCrashIsOverInAMomentAndNamesItsLine: nobody has to do anything but read.
func TestEveryCrashIsOverInAMomentAndNamesItsLine(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", service.Often, "[Service]\n"+watchdogTime)
		m.Run("systemctl start gind.socket gind")
		for _, c := range []struct {
			name, kind, reason, place string
			do                        func()
		}{
			{"a panic in the background", "panic", "panic: nobody recovers this", "rough.go:36 main.panicInBackground", curl(m, "/rough/panic")},
			{"a concurrent map write", "fatal error", "concurrent map access", "rough.go:43 main.writeTogether.func1", curl(m, "/rough/map")},
			{"a live-check", "aborted", "a live-check fails: alive: failed: it has seen better days", "", curl(m, "/rough/die")},
			{"a deadlock", "aborted", "SIGABRT: abort after this was noticed: ", "testapp/main.go:", curl(m, "/deadlock")},
			{"a starved scheduler", "aborted", "SIGABRT: abort", "rough.go:", curl(m, "/rough/starve")},
			{"SIGSTOP", "aborted", "SIGABRT: abort", "", func() { m.Run("systemctl kill --kill-whom=main --signal=STOP gind") }},
			{"kill -9", "killed", "without a word", "", func() { m.Run("systemctl kill --kill-whom=main --signal=KILL gind") }},
		} {
			found := crash(t, m, c.do)
			if found["KIND"] != c.kind || !strings.Contains(found["REASON"], c.reason) || !strings.Contains(found["PLACE"], c.place) || found["PRIORITY"] != "2" {
				t.Errorf("%s: kind %q, reason %q, place %q, priority %s", c.name, found["KIND"], found["REASON"], found["PLACE"], found["PRIORITY"])
			}
			shown := m.Run("gind crashes show " + found["CRASH"])
			if !strings.Contains(shown, c.kind+": ") || c.kind != "killed" && !strings.Contains(shown, "goroutine ") {
				t.Errorf("%s: the report:\n%.2000s", c.name, shown)
			}
			if c.name == "a deadlock" && !strings.Contains(shown, "GET /deadlock for ") {
				t.Errorf("%s: the report has no open request:\n%.2000s", c.name, shown)
			}
		}
		if list := m.Run("gind crashes"); strings.Count(list, "\n")+1 != 7 || !strings.Contains(list, "panic: nobody recovers this, at testapp/rough.go:") {
			t.Errorf("gind crashes:\n%s", list)
		}
		if asked := m.Journal("MESSAGE_ID=" + restartAsked); len(asked) != 1 || !strings.Contains(asked[0]["GOROUTINES"], "main.main") && asked[0]["ERROR"] == "" {
			t.Errorf("%d records that ask for a restart: %s", len(asked), machine.Messages(asked))
		}
		if metrics := service.Get(t, m.HTTP(), "/metrics").Body; !strings.Contains(metrics, "\ngind_crashes_total 7\n") {
			t.Error("the metrics do not count seven crashes")
		}

		// In an upgrade two processes live at once, and neither takes the other for dead.
		m.Run(service.Upgrade)
		m.Run("systemctl restart gind")
		if all := m.Journal(crashFound); len(all) != 7 {
			t.Errorf("%d crashes are told of after an upgrade and a restart", len(all))
		}
		m.Run(service.Upgrade)
		if found := crash(t, m, curl(m, "/rough/panic")); found["REASON"] != "panic: nobody recovers this" {
			t.Errorf("after an upgrade: %q", found["REASON"])
		}
	})
}

// TestMemoryLimitNamesWhatLeaks: the kernel kills without a word, so it is said before.
func TestMemoryLimitNamesWhatLeaks(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", service.Often, "[Service]\nMemoryMax=256M\nWatchdogSec=20s")
		m.LimitMemory(256 << 20)
		m.Run("systemctl start gind.socket gind")
		found := crash(t, m, curl(m, "/rough/leak"))
		if !strings.Contains(found["REASON"], "killed after this was noticed: 9") || !strings.Contains(found["REASON"], "256 MiB") ||
			!strings.Contains(found["PLACE"], "rough.go:") || !strings.Contains(found["PLACE"], "main.leak") {
			t.Errorf("reason %q, place %q", found["REASON"], found["PLACE"])
		}
	})
}
