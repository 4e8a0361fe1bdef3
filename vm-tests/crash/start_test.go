//go:build linux

package crash

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

const database = "127.0.0.1:5432"

// pauses before the starts of gind, in their order.
func pauses(t *testing.T, m *machine.Machine) (list []time.Duration) {
	t.Helper()
	for _, record := range m.Journal("-u", "gind", "MESSAGE_ID="+string(journal.EventStartWaits)) {
		pause, err := time.ParseDuration(record["PAUSE"])
		if err != nil || record["PRIORITY"] != "4" {
			t.Errorf("a pause of %q, at %s: %v", record["PAUSE"], record["PRIORITY"], err)
		}
		list = append(list, pause.Round(100*time.Millisecond))
	}
	return list
}

// TestADatabaseThatIsAwayForThreeMinutesTakesNothingDown: the start is tried again, ever
// more rarely, somebody is told once, and who waits in the socket's queue is answered.
func TestADatabaseThatIsAwayForThreeMinutesTakesNothingDown(t *testing.T) {
	installed.Testapp(t, []string{"TESTAPP_DATABASE=" + database}, func(t *testing.T, m *machine.Machine) {
		hook, url := listenForAlerts(t, m)
		service.Configure(m, "alerts: {"+toldBy(m, url)+"}")
		m.Run("systemctl start gind.socket")
		gone := time.Now()
		m.Fail(1, "systemctl start gind")
		m.Run("systemd-run --unit=patient curl --silent --fail --max-time 600 --output /root/answer " + service.Origin + "/ok")

		notice := hook.await(t)
		if reason, _ := notice["reason"].(string); notice["crash_loop"] != true || !strings.HasPrefix(reason, "5 starts have failed since ") ||
			!strings.Contains(reason, "it goes on trying every 8s to 30s; the last: start database: dial tcp "+database) {
			t.Errorf("told %v", notice)
		}
		if state := m.Try("systemctl is-active gind").Output; state != "activating" {
			t.Errorf("%s while it waits", state)
		}
		m.Await(time.Minute, "systemctl status gind | grep --quiet 'Status: .waiting [0-9]* s before start [0-9]*; the last: start database: dial tcp "+database+"'")
		for time.Since(gone) < 3*time.Minute {
			if state := m.Try("systemctl is-active gind gind.socket").Output; state != "activating\nactive" {
				t.Fatalf("after %v: %q", time.Since(gone), state)
			}
			time.Sleep(time.Second)
		}
		wantPauses(t, pauses(t, m))
		if crit := m.Journal("-u", "gind", "-p", "crit"); len(crit) != 1 || crit[0]["MESSAGE_ID"] != string(journal.EventCrashLoop) {
			t.Errorf("at crit:\n%s", machine.Messages(crit))
		}

		back, err := m.Listen(database)
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		returned := time.Now()
		m.Await(40*time.Second, "systemctl is-active gind")
		if took := time.Since(returned); took > 33*time.Second {
			t.Errorf("it came up %v after the database", took)
		}
		if answer := m.Await(5*time.Second, "cat /root/answer"); answer != "ok" {
			t.Errorf("who waited was answered %q", answer)
		}
		if status := m.Run("gind status"); !strings.Contains(status, " have failed before this one since ") {
			t.Errorf("the status:\n%s", status)
		}

		m.Await(time.Minute, isHealthy)
		if over := m.Journal("-u", "gind", "MESSAGE_ID="+string(journal.EventCrashLoopOver)); len(over) != 1 || over[0]["PRIORITY"] != "5" {
			t.Errorf("%d records that the loop is over", len(over))
		}
		waited := len(pauses(t, m))
		m.Run("systemctl kill --signal=KILL gind")
		killed := time.Now()
		if got := service.Get(t, m.HTTP(), "/ok"); got.Body != "ok\n" || time.Since(killed) > 5*time.Second || len(pauses(t, m)) != waited {
			t.Errorf("killed, it answered %q after %v", got.Body, time.Since(killed))
		}
		if len(hook.received) > 0 {
			t.Error("the alert came twice")
		}
	})
}

// wantPauses of 1, 2, 4 s, and then 8 s to 30 s at random, in three minutes.
func wantPauses(t *testing.T, got []time.Duration) {
	t.Helper()
	if first := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}; len(got) < 8 || len(got) > 25 || !slices.Equal(got[:3], first) {
		t.Fatalf("it waited %v", got)
	}
	for _, pause := range got[3:] {
		if pause < 8*time.Second || pause > 30*time.Second {
			t.Errorf("it waited %v, and then 8 s to 30 s are promised", got)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(got[3:])))) < 2 {
		t.Errorf("it waited %v, which is not at random", got)
	}
}

// TestNobodyWaitsForAStartThatWaits: who stops it, restarts it or mends the config, or
// asks how it is.
func TestNobodyWaitsForAStartThatWaits(t *testing.T) {
	installed.Testapp(t, []string{"TESTAPP_DATABASE=" + database}, func(t *testing.T, m *machine.Machine) {
		const backoff = "backoff: {first: 50s, min: 50s, max: 50s}"
		service.Configure(m, backoff)
		m.Run("systemctl start gind.socket")
		atOnce := func(what string, do func()) {
			t.Helper()
			before := time.Now()
			if do(); time.Since(before) > 10*time.Second {
				t.Errorf("%s took %v", what, time.Since(before))
			}
		}
		isWaiting := func() {
			t.Helper()
			m.Await(10*time.Second, "systemctl status gind | grep --quiet 'Status: .waiting [0-9]* s before start 2'")
		}
		atOnce("the first start", func() { m.Fail(1, "systemctl start gind"); isWaiting() })
		atOnce("a question", func() {
			if got := m.Fail(1, "gind status 2>&1"); !strings.Contains(got, "is waiting ") || !strings.Contains(got, " s before start 2; the last: start database: ") {
				t.Errorf("gind status: %s", got)
			}
		})
		atOnce("a restart", func() { m.Fail(1, "systemctl restart gind"); isWaiting() })
		atOnce("a stop", func() { m.Run("systemctl stop gind") })
		if got := m.Try("systemctl is-active gind").Output; got != "inactive" {
			t.Errorf("stopped, it is %s", got)
		}
		atOnce("a start", func() { m.Fail(1, "systemctl start gind"); isWaiting() })

		// The one that waits is killed: the next waits on.
		process := service.Property(m, "MainPID")
		m.Run("systemctl kill --signal=KILL gind")
		m.Await(5*time.Second, "p=$(systemctl show --value --property=MainPID gind); test $p != 0 && test $p != "+process)
		isWaiting()

		// A config that is bad mends nothing. A good one does, and the process stays the same.
		process = service.Property(m, "MainPID")
		service.Configure(m, backoff, "log: {access: 5}")
		time.Sleep(5 * time.Second)
		isWaiting()
		db, err := m.Listen(database)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		service.Configure(m, backoff, "log: {access: false}")
		atOnce("a start with another config", func() { m.Await(20*time.Second, "systemctl is-active gind") })
		if now := service.Property(m, "MainPID"); now != process {
			t.Errorf("process %s was to begin anew, and now it is %s", process, now)
		}
		if got := service.Get(t, m.HTTP(), "/ok"); got.Body != "ok\n" {
			t.Errorf("on the socket of before: %q", got.Body)
		}
		_ = db.Close()

		// Another program starts at once, too.
		m.Fail(1, "systemctl restart gind")
		isWaiting()
		again, err := m.Listen(database)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		m.Run("cp /usr/bin/gind /usr/bin/gind.new && mv /usr/bin/gind.new /usr/bin/gind")
		atOnce("a start of another program", func() { m.Await(20*time.Second, "systemctl is-active gind") })
	})
}
