//go:build linux

package restart

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

// Where gind's package has its programs, and the link that the unit starts.
const (
	newest = "/usr/bin/gind"
	before = "/usr/lib/gind/before/gind"
	link   = "/var/lib/gind-program/gind"
)

// releaseOf puts a program in the place of the running one, as the package does.
func releaseOf(m *machine.Machine, variable string) {
	m.Run("/var/lib/dpkg/info/gind.preinst upgrade")
	replaceProgram(m, variable)
}

// wantProgram says which one is the service, and which one a start would run.
func wantProgram(t *testing.T, m *machine.Machine, when, runs, next string) {
	t.Helper()
	if got := m.Run("readlink /proc/" + service.Property(m, "MainPID") + "/exe"); strings.TrimSuffix(got, " (deleted)") != runs {
		t.Errorf("%s: %s runs, want %s", when, got, runs)
	}
	if got := m.Run("readlink " + link); got != next {
		t.Errorf("%s: a start runs %s, want %s", when, got, next)
	}
}

// fall ends the main process in some way, and wants the service back in the time of a
// restart.
func fall(t *testing.T, m *machine.Machine, how string) {
	t.Helper()
	process := service.Property(m, "MainPID")
	begun := time.Now()
	m.Try(how)
	m.Await(10*time.Second, "test $(systemctl show --value --property=MainPID gind) != "+process+" && test -d /proc/$(systemctl show --value --property=MainPID gind)")
	answer := service.Get(t, m.HTTP(), "/echo?number=1")
	if took := time.Since(begun); answer.Status != http.StatusOK || strings.Fields(answer.Body)[2] == process || took > 3*time.Second {
		t.Errorf("%s: status %d, %s after %v", how, answer.Status, answer.Body, took)
	}
}

const (
	kill  = "kill -KILL $(systemctl show --value --property=MainPID gind)"
	panic = "curl --silent " + service.Origin + "/rough/panic"
)

// A release that crashes soon after it has taken over gives way to the one before, and
// that says so.
func TestAProgramThatCrashesOnTrialGivesWayToTheOneBefore(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m, "upgrade:", "  confirm: 30s")
		wantProgram(t, m, "at first", newest, newest)
		releaseOf(m, "")
		if got := m.Run(service.Upgrade); !strings.Contains(got, "on trial for 30s: a crash until then starts "+before) {
			t.Errorf("gind upgrade says %q", got)
		}
		wantProgram(t, m, "on trial", newest, before)
		if got := m.Run("gind status"); !strings.Contains(got, "on trial until ") {
			t.Errorf("the status does not tell of the trial:\n%s", got)
		}
		time.Sleep(5 * time.Second)
		fall(t, m, panic)
		wantProgram(t, m, "after the crash", before, before)
		status := m.Run("gind status")
		for _, want := range []string{"upgrade    failed on ", newest + " failed its trial: panic: ", newest + " is another than the one that runs", "program    " + before} {
			if !strings.Contains(status, want) {
				t.Errorf("the status does not say %q:\n%s", want, status)
			}
		}
		if problems := m.Journal("-u", "gind", "-p", "err"); len(problems) != 1 || !strings.Contains(problems[0]["MESSAGE"], newest+" has failed its trial, and "+before+" serves") {
			t.Errorf("the journal has at err:\n%s", machine.Messages(problems))
		}

		fall(t, m, kill)
		wantProgram(t, m, "after another crash", before, before)
		if got := m.Run("gind status"); !strings.Contains(got, newest+" failed its trial: panic: ") {
			t.Errorf("the status has forgotten the trial:\n%s", got)
		}
		service.Configure(m, "log:", "  access: false", "upgrade:", "  confirm: 2s")
		m.Run("systemctl reload gind")
		releaseOf(m, "")
		m.Run(service.Upgrade)
		m.Await(10*time.Second, "test $(readlink "+link+") = "+newest)
		if got := m.Run("gind status"); strings.Contains(got, "trial") {
			t.Errorf("the trial is over, and the status says:\n%s", got)
		}
		fall(t, m, kill)
		wantProgram(t, m, "after a crash of the proven one", newest, newest)
	})
}

// One that gives up by itself has not been asked to stop.
func TestAProgramThatEndsOnTrialGivesWayToTheOneBefore(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		releaseOf(m, "TESTAPP_ENDS_AFTER=3s")
		m.Run(service.Upgrade)
		m.Await(20*time.Second, "gind status | grep '"+newest+" failed its trial: it ended without a report'")
		wantProgram(t, m, "after its end", before, before)
		problems := machine.Messages(m.Journal("-u", "gind", "-p", "err"))
		if !strings.Contains(problems, "nothing works here") || !strings.Contains(problems, newest+" has failed its trial, and "+before+" serves") {
			t.Errorf("the journal has at err:\n%s", problems)
		}
	})
}

// It need not even be possible to execute it.
func TestAProgramThatCanNoLongerBeExecutedGivesWayToTheOneBefore(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		releaseOf(m, "")
		m.Run(service.Upgrade)
		m.Run("chmod -x " + newest)
		fall(t, m, kill)
		wantProgram(t, m, "after the kill", before, before)
		m.Run("chmod +x " + newest)
		if problems := m.Journal("-u", "gind", "-p", "err"); len(problems) != 1 || !strings.Contains(problems[0]["MESSAGE"], "has failed its trial") {
			t.Errorf("the journal has at err:\n%s", machine.Messages(problems))
		}
	})
}

// What has never served is not started by a crash of what does.
func TestAfterAFailedUpgradeACrashStartsTheProgramThatRan(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		releaseOf(m, "TESTAPP_FAIL=no such table")
		wantRefusal(t, m, "refuses to be", "no such table")
		fall(t, m, kill)
		wantProgram(t, m, "after the kill", before, before)
		replaceProgram(m, "")
		m.Run(service.Upgrade)
		wantProgram(t, m, "the mended one is on trial", newest, before)
		// Who restarts it by hand wants what is there.
		m.Run(service.Restart)
		wantProgram(t, m, "after a restart by hand", newest, newest)
	})
}

// An operator goes to another program and back, and finds it again after crashes and
// boots.
func TestAnOperatorChoosesAProgram(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m, "upgrade:", "  confirm: 1s")
		const chosen = "/opt/gind/gind-two"
		m.Run("install -D -m 755 /usr/local/bin/gind " + chosen)
		m.Fail(1, service.Upgrade+" --back")
		m.Run("cd /opt/gind && " + service.Upgrade + " --force --to gind-two")
		m.Await(10*time.Second, "test $(readlink "+link+") = "+chosen)
		m.Run("systemd-tmpfiles --create gind.conf") // as a boot does
		fall(t, m, kill)
		wantProgram(t, m, "chosen", chosen, chosen)
		m.Run(service.Restart)
		wantProgram(t, m, "restarted", chosen, chosen)

		m.Run(service.Upgrade + " --back")
		m.Await(10*time.Second, "test $(readlink "+link+") = "+newest)
		wantProgram(t, m, "back", newest, newest)
		m.Run("setpriv --reuid gind --regid gind --clear-groups " + service.Upgrade + " --to " + chosen)
		fall(t, m, kill)
		wantProgram(t, m, "the chosen one on trial", newest, newest)
		m.Run(service.Upgrade)
		wantProgram(t, m, "the package's", newest, newest)
	})
}

// Whom the control socket lets in to read the log may not choose what runs, and nobody
// may choose what others can write.
func TestWhoMayChooseAProgramAndWhichOnes(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		m.Run("useradd --no-create-home --groups gind reader")
		m.Run("install -D -m 755 /usr/local/bin/gind /opt/good/gind && install -D -m 755 /usr/local/bin/gind /opt/open/gind")
		m.Run("chmod 777 /opt/open && ln -s /opt/open/gind /opt/good/link && ln -s /opt/good/gind /opt/good/theirs && chown -h reader /opt/good/theirs")
		m.Run("cp /opt/good/gind /opt/good/writable && chmod g+w /opt/good/writable && cp /opt/good/gind /opt/good/another && chown reader /opt/good/another")
		m.Run("cp /opt/good/gind /opt/good/plain && chmod -x /opt/good/plain && cp /opt/good/gind /tmp/gind")
		m.Run("echo nonsense >/opt/good/nonsense && chmod 755 /opt/good/nonsense")
		process := service.Property(m, "MainPID")
		const reader = "setpriv --reuid reader --regid gind --clear-groups gind "
		for line, want := range map[string]string{
			reader + "upgrade --to /opt/good/gind": "only root and the service's own user may choose a program, not reader",
			reader + "upgrade --back":              "only root and the service's own user",
			"gind upgrade --to /opt/open/gind":     "/opt/open may be written by others",
			"gind upgrade --to /opt/good/link":     "/opt/open may be written by others",
			"gind upgrade --to /opt/good/theirs":   "/opt/good/theirs belongs to user",
			"gind upgrade --to /opt/good/writable": "/opt/good/writable may be written by others",
			"gind upgrade --to /opt/good/another":  "/opt/good/another belongs to user",
			"gind upgrade --to /opt/good/nonsense": "exec format error",
			"gind upgrade --to /opt/good/plain":    "it is no program",
			"gind upgrade --to /opt/good":          "it is no program",
			"gind upgrade --to /opt/good/none":     "no such file",
			"gind upgrade --to /tmp/gind --force":  "/tmp may be written by others",
			"gind upgrade --back":                  "there is no program before",
		} {
			if result := m.Try(line); result.Status != 1 || !strings.Contains(result.Output, want) {
				t.Errorf("%s: exit status %d, not %q:\n%s", line, result.Status, want, result.Output)
			}
		}
		m.Run(reader + "status")
		wantProgram(t, m, "after refusals", newest, newest)
		if got := service.Property(m, "MainPID"); got != process {
			t.Errorf("the main process is %s, was %s", got, process)
		}
	})
}

// All that the service keeps may be deleted, and the folder of the link at a boot.
func TestTheServiceStartsWhateverIsDeletedBelowVarLib(t *testing.T) {
	withSuccessors(t, func(t *testing.T, m *machine.Machine) {
		service.StartForLoad(m)
		m.Run("systemctl stop gind && rm -rf /var/lib/gind && systemctl start gind")
		wantProgram(t, m, "without state", newest, newest)
		m.Run("systemctl stop gind && rm -rf /var/lib/gind /var/lib/gind-program && systemd-tmpfiles --create gind.conf && systemctl start gind")
		wantProgram(t, m, "as a boot finds it", newest, newest)
		releaseOf(m, "")
		m.Run(service.Upgrade)
		wantProgram(t, m, "on trial", newest, before)
		if problems := m.Journal("-b", "-p", "warning", "-t", "systemd-tmpfiles"); len(problems) > 0 {
			t.Errorf("systemd-tmpfiles complains: %s", machine.Messages(problems))
		}
	})
}
