//go:build linux

package restart

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/client"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
	"github.com/gind/gind/vm-tests/traffic"
)

// A new program that does not come up changes nothing for anybody, and "gind
// upgrade" says what was wrong with it.
func TestBrokenSuccessorChangesNothing(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		const conns = 50
		service.StartForLoad(m, "upgrade:", "  timeout: 2s")
		process := service.Property(m, "MainPID")
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		broken := map[string]struct{ program, want string }{
			"exits at once":      {"#!/bin/sh\necho 'no such engine' >&2\nexit 3\n", "no such engine"},
			"says nothing":       {"#!/bin/sh\nexit 4\n", "it ended"},
			"is killed":          {"#!/bin/sh\nkill -KILL $$\n", "it ended"},
			"hangs":              {"#!/bin/sh\nexec sleep 1000\n", "not ready in time"},
			"is no program":      {"nonsense\n", "exec format error"},
			"fails its check":    {with("TESTAPP_NEVER_READY=1"), "nobody is there"},
			"refuses to be":      {with("TESTAPP_FAIL=no such table"), "no such table"},
			"crashes in a start": {with("TESTAPP_PANIC=nil engine"), "nil engine"},
		}
		for name, b := range broken {
			m.Write("/usr/bin/gind", b.program)
			m.Run("chmod 755 /usr/bin/gind")
			wantRefusal(t, m, name, b.want)
		}
		if status := m.Run("/usr/local/bin/gind status"); !strings.Contains(status, "upgrade    failed on ") ||
			!strings.Contains(status, "/usr/bin/gind is another than the one that runs") {
			t.Errorf("the status does not tell of the last upgrade and of the program on disk:\n%s", status)
		}
		m.Run("rm /usr/bin/gind")
		wantRefusal(t, m, "is missing", "no such file")

		replaceProgram(m, "")
		good := m.Run("cat " + service.ConfigFile)
		service.Configure(m, "log:", "  level: loud")
		wantRefusal(t, m, "bad config", service.ConfigFile+":2:10: log.level")
		m.Write(service.ConfigFile, good)
		if got := service.Property(m, "MainPID"); got != process {
			t.Errorf("the main process is %s, was %s", got, process)
		}
		if failed := len(m.Journal("-u", "gind", "-p", "err", "MESSAGE_ID=a31aec32ab4f47ef8bdc641819524d01")); failed != len(broken)+2 {
			t.Errorf("%d failed upgrades in the journal, want %d", failed, len(broken)+2)
		}
		wantProcesses(t, m, 1)

		m.Run(service.Upgrade)
		traffic.Stop(t, load, conns)
		if service.Property(m, "MainPID") == process {
			t.Error("the good program was not started after the broken ones")
		}
	})
}

// withSuccessors runs a test with testapp, which can be replaced: the commands
// of the test are those of another copy.
func withSuccessors(t *testing.T, test func(t *testing.T, m *machine.Machine)) {
	t.Helper()
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		m.Run("cp /usr/bin/gind /usr/local/bin/gind")
		test(t, m)
	})
}

// with is a program: testapp, with a variable set.
func with(variable string) string {
	return "#!/bin/sh\nexport " + machine.Quote(variable) + "\nexec /usr/local/bin/gind \"$@\"\n"
}

// replaceProgram installs testapp with a variable set, or without.
func replaceProgram(m *machine.Machine, variable string) {
	if variable == "" {
		m.Run("install -m 755 /usr/local/bin/gind /usr/bin/gind")
		return
	}
	m.Write("/usr/bin/gind", with(variable))
	m.Run("chmod 755 /usr/bin/gind")
}

func wantRefusal(t *testing.T, m *machine.Machine, name, want string) {
	t.Helper()
	if result := m.Try(service.Upgrade); result.Status == 0 || !strings.Contains(result.Output, want) {
		t.Errorf("%s: exit status %d, not %q:\n%s", name, result.Status, want, result.Output)
	}
	m.Run("systemctl is-active gind")
}

// wantProcesses counts the processes of the service's user.
func wantProcesses(t *testing.T, m *machine.Machine, want int) {
	t.Helper()
	m.Await(5*time.Second, fmt.Sprintf("test $(pgrep --count --uid gind) = %d", want))
}

// A successor that takes its time adds nothing to anybody's.
func TestSlowSuccessorIsNotNoticed(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		const conns, start = 50, 5 * time.Second
		service.StartForLoad(m)
		replaceProgram(m, "TESTAPP_READY_AFTER="+start.String())
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		before := time.Now()
		m.Run(service.Upgrade)
		if took := time.Since(before); took < start {
			t.Errorf("the upgrade took %v, the start alone takes %v", took, start)
		}
		wantQuick(t, traffic.Stop(t, load, conns))
	})
}

// wantQuick allows for a busy machine, and not for anything that waits.
func wantQuick(t *testing.T, report client.Report) {
	t.Helper()
	if slowest := report.Slowest[0]; slowest >= time.Second {
		t.Errorf("the slowest request took %v", slowest)
	}
}

// Requests that take long end where they began, however many processes have
// followed meanwhile.
func TestUpgradesBackToBack(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns, upgrades, long = 50, 5, 6 * time.Second
		service.StartForLoad(m)
		first := service.Property(m, "MainPID")
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		answer := askLater(m, long)
		for range upgrades {
			before := service.Property(m, "MainPID")
			m.Run(service.Upgrade)
			if service.Property(m, "MainPID") == before {
				t.Error("the main process is the same")
			}
		}
		m.Run("test -d /proc/" + first)
		if got := <-answer; got != first {
			t.Errorf("the long request was answered with %q, not by process %s", got, first)
		}
		wantQuick(t, traffic.Stop(t, load, conns))
		wantProcesses(t, m, 1)
		if got := service.Property(m, "NRestarts"); got != "0" {
			t.Errorf("NRestarts=%s", got)
		}
	})
}

// askLater makes a request that takes so long, and then tells which process has
// answered it, or what went wrong.
func askLater(m *machine.Machine, long time.Duration) <-chan string {
	answer := make(chan string, 1)
	begun := make(chan struct{})
	go func() {
		conn, err := traffic.Dialer(m)()
		if err != nil {
			close(begun)
			answer <- err.Error()
			return
		}
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "GET /echo?number=1&for=%v HTTP/1.1\r\nHost: gind\r\n\r\n", long)
		close(begun)
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- answeredBy(client.New(conn))
	}()
	<-begun
	time.Sleep(200 * time.Millisecond) // until it is with its handler
	return answer
}

func answeredBy(c *client.Conn) string {
	got, err := c.Receive(http.MethodGet)
	if err != nil {
		return err.Error()
	}
	fields := strings.Fields(got.Body)
	if got.Status != http.StatusOK || len(fields) != 3 {
		return fmt.Sprintf("status %d: %s", got.Status, got.Body)
	}
	return fields[2]
}

// A service that has been told to stop does not start a successor.
func TestUpgradeDuringDrainIsRefused(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		process := service.Property(m, "MainPID")
		answer := askLater(m, 3*time.Second)
		m.Run("systemctl restart --no-block gind")
		m.Await(5*time.Second, service.InSubState("stop-sigterm"))
		if result := m.Try(service.Upgrade); result.Status == 0 || !strings.Contains(result.Output, "draining") {
			t.Errorf("exit status %d: %s", result.Status, result.Output)
		}
		if got := <-answer; got != process {
			t.Errorf("the request in flight was answered with %q, not by process %s", got, process)
		}
		m.Await(10*time.Second, service.InSubState("running"))
		m.Run(service.Upgrade)
	})
}

// SIGTERM comes before an upgrade that is under way.
func TestStopDuringUpgrade(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		const conns = 50
		service.StartForLoad(m)
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		upgradeThatHangs(t, m)
		replaceProgram(m, "")
		m.Run(service.Restart)
		wantRefused(t, m)
		wantProcesses(t, m, 1)
		traffic.Stop(t, load, conns)

		upgradeThatHangs(t, m)
		m.Run("systemctl stop gind.socket gind.service")
		wantRefused(t, m)
		m.Fail(3, "systemctl is-active gind")
		if got := service.Property(m, "Result"); got != "success" {
			t.Errorf("Result=%s", got)
		}
		m.Fail(1, "pgrep sleep")
	})
}

func upgradeThatHangs(t *testing.T, m *machine.Machine) {
	t.Helper()
	m.Write("/usr/bin/gind", "#!/bin/sh\nexec sleep 1000\n")
	m.Run("chmod 755 /usr/bin/gind; rm -f /root/upgrade; (gind upgrade >/root/upgrade 2>&1; echo status $? >>/root/upgrade) </dev/null >/dev/null 2>&1 &")
	m.Await(5*time.Second, "pgrep sleep")
}

func wantRefused(t *testing.T, m *machine.Machine) {
	t.Helper()
	got := m.Await(5*time.Second, "grep -q ^status /root/upgrade && cat /root/upgrade")
	if strings.Contains(got, "status 0") || !strings.Contains(got, "draining") {
		t.Errorf("gind upgrade: %s", got)
	}
}

// After an upgrade systemd knows all it knew before.
func TestSystemdFollowsAnUpgrade(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 50
		service.DropIn(m, "gind.service", service.Often, "[Service]\nWatchdogSec=2s")
		m.Run("systemctl start gind.socket gind")
		m.Run(service.Upgrade)
		process := service.Property(m, "MainPID")
		if got := service.Get(t, m.HTTP(), "/echo?number=1", "X-Request-ID: after-upgrade"); strings.Fields(got.Body)[2] != process {
			t.Errorf("process %s is the main one, and not that which answers: %s", process, got.Body)
		}
		if got := service.RecordOf(t, m, "after-upgrade")["_PID"]; got != process {
			t.Errorf("the record of a request has _PID=%s, the main process is %s", got, process)
		}
		if status := m.Run("systemctl status --no-pager gind"); !strings.Contains(status, "Main PID: "+process+" ") ||
			!strings.Contains(status, "serving: ") {
			t.Errorf("systemctl status:\n%s", status)
		}
		if records := m.Journal("-p", "warning", "_PID=1", "UNIT=gind.service"); len(records) > 0 {
			t.Errorf("systemd warns:\n%s", machine.Messages(records))
		}

		time.Sleep(5 * time.Second) // more than twice the watchdog's time
		if got, restarts := service.Property(m, "MainPID"), service.Property(m, "NRestarts"); got != process || restarts != "0" {
			t.Errorf("the watchdog has ended process %s: NRestarts=%s", process, restarts)
		}
		m.Run("systemctl reload gind && gind status | grep 'pid " + process + ",'")

		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		m.Run(service.Restart)
		traffic.Stop(t, load, conns)
		m.Run(service.Upgrade)
		process = service.Property(m, "MainPID")
		m.Fail(28, "curl --silent --max-time 1 "+service.Origin+"/deadlock") // 28: no answer in time
		m.Await(30*time.Second, "test $(systemctl show --value --property=NRestarts gind) = 1 && systemctl is-active gind")
		if dump := machine.Messages(m.Journal("_PID=" + process)); !strings.Contains(dump, "SIGABRT") || !strings.Contains(dump, "testapp/main.go:") {
			t.Errorf("process %s left no goroutine dump", process)
		}

		m.Run(service.Upgrade)
		m.Run("systemctl stop gind.socket gind.service")
		m.Fail(3, "systemctl is-active gind")
		m.Fail(1, "pgrep -x gind")
		if got := service.Property(m, "Result"); got != "success" {
			t.Errorf("Result=%s", got)
		}
	})
}

func TestSIGUSR2Upgrades(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		const conns = 50
		service.StartForLoad(m)
		process := service.Property(m, "MainPID")
		load := traffic.Start(t, m, client.Options{Conns: conns, Pause: 20 * time.Millisecond})
		m.Run("systemctl kill --kill-whom=main --signal=USR2 gind")
		m.Await(10*time.Second, "! test -d /proc/"+process)
		if got := service.Property(m, "MainPID"); got == process || got == "0" {
			t.Errorf("the main process is %s", got)
		}
		m.Run("systemctl is-active gind")
		wantQuick(t, traffic.Stop(t, load, conns))
		if got := service.Property(m, "NRestarts"); got != "0" {
			t.Errorf("NRestarts=%s", got)
		}
	})
}

// A successor that ends once it is the main process is restarted like any other,
// also while its predecessor has still something to finish.
func TestSuccessorThatCrashesIsRestarted(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		m.Run(service.Upgrade)
		wantRestarted(t, m, "the predecessor is gone")

		_ = askLater(m, 8*time.Second)
		m.Run(service.Upgrade)
		wantRestarted(t, m, "the predecessor drains")
	})
}

func wantRestarted(t *testing.T, m *machine.Machine, when string) {
	t.Helper()
	process := service.Property(m, "MainPID")
	before := time.Now()
	m.Run("kill -KILL " + process)
	answer := service.Get(t, m.HTTP(), "/echo?number=1")
	if took := time.Since(before); answer.Status != http.StatusOK || took > 3*time.Second {
		t.Errorf("%s: status %d after %v", when, answer.Status, took)
	}
	if got := strings.Fields(answer.Body)[2]; got == process {
		t.Errorf("%s: the killed process answers", when)
	}
	m.Await(5*time.Second, "systemctl is-active gind") // it answers before systemd knows
	t.Log(when, time.Since(before))
}
