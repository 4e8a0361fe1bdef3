//go:build linux

package logs

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/vm-tests/installed"
	"github.com/gind/gind/vm-tests/machine"
	"github.com/gind/gind/vm-tests/service"
)

const logDirectory = "/var/log/gind"

// noticed is how soon the service knows of a disk that nobody writes to, and how
// soon its check does, and a little for a busy machine.
const noticed = 20 * time.Second

// Whatever becomes of the log files' disk or of journald's socket: the service
// serves, "gind status" and a check say what is wrong, and it is right again as
// soon as the cause is gone, without a restart.
func TestLogOutlivesItsDiskAndItsJournal(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		// The files stand on a disk of their own, a small one.
		m.Run("mount -t tmpfs -o size=8m,mode=0750,uid=$(id -u gind),gid=$(id -g gind) tmpfs " + logDirectory)
		m.Run("systemctl start gind.socket gind")
		first := service.Property(m, "MainPID")
		log := &loggedTrouble{t: t, m: m}
		log.passes()

		m.Run("dd if=/dev/zero of=" + logDirectory + "/ballast bs=64k status=none; test -s " + logDirectory + "/ballast") // ends when the disk is full
		log.fails("no space left on device")
		if len(m.Journal("-u", "gind", "-p", "err", "MESSAGE_ID="+string(journal.EventMirrorFailing))) == 0 {
			t.Error("the journal does not say that the log files cannot be written")
		}
		m.Run("rm " + logDirectory + "/ballast")
		log.passes()

		m.Run("mount -o remount,ro " + logDirectory)
		log.fails("read-only file system")
		m.Run("mount -o remount,rw " + logDirectory)
		log.passes()

		// Both of them: memory holds what it can, until one of them is back.
		m.Run("mount -o remount,ro " + logDirectory + " && " + stopJournald)
		log.fails("read-only file system")
		log.request("held", http.StatusInternalServerError, "/fail")
		m.Run("mount -o remount,rw " + logDirectory)
		m.Await(noticed, "grep --quiet held "+logDirectory+"/error.log")
		m.Run(startJournald)
		log.passes()
		if stats := journalStats(t, m); stats.Lost != 0 {
			t.Errorf("%+v", stats)
		}

		m.Run("systemctl stop gind.socket gind && umount " + logDirectory + " && systemctl start gind.socket gind")
		if service.Property(m, "MainPID") == first {
			t.Error("the service was not started anew")
		}
		first = service.Property(m, "MainPID")
		m.Run("rm -rf " + logDirectory)
		log.fails("mkdir " + logDirectory + ": permission denied")
		m.Run("systemd-tmpfiles --create gind.conf")
		log.passes()
		if got := m.Run("stat --format='%U:%G %a' " + logDirectory); got != "gind:gind 750" {
			t.Errorf("the new directory is %s", got)
		}

		// Another socket of the same name, as after a restart of its unit.
		m.Run(stopJournald)
		log.request("spilled", http.StatusInternalServerError, "/fail")
		m.Run("grep --quiet spilled " + logDirectory + "/error.log")
		log.fails("journal does not take records")
		m.Run(startJournald)
		log.passes()
		m.Run("systemctl stop systemd-journald.socket systemd-journald && mv /run/systemd/journal/socket /run/systemd/journal/old; " + startJournald)
		tries := 0
		log.eventually("records reach the new socket", func() bool { // the first may go to the mirror instead
			tries++
			id := "replaced-" + strconv.Itoa(tries)
			log.request(id, http.StatusInternalServerError, "/fail")
			return len(m.Journal("-u", "gind", "REQUEST_ID="+id)) == 1
		})
		for n := range tries { // and none is lost
			if id := "replaced-" + strconv.Itoa(n+1); len(m.Journal("-u", "gind", "REQUEST_ID="+id)) == 0 {
				m.Run("grep --quiet --word-regexp " + id + " " + logDirectory + "/error.log")
			}
		}
		log.passes()
		if service.Property(m, "MainPID") != first {
			t.Error("the service did not go on")
		}
	})
}

// loggedTrouble asks a service about its log.
type loggedTrouble struct {
	t *testing.T
	m *machine.Machine
}

// fails waits until the check "log" says why, everywhere where checks are shown.
// The service is as ready as before.
func (l *loggedTrouble) fails(why string) {
	l.t.Helper()
	l.eventually("the check fails: "+why, func() bool {
		body := service.Get(l.t, l.m.HTTP(), "/readyz?verbose").Body
		return strings.Contains(body, "[-]log failed (advisory): ") && strings.Contains(body, why)
	})
	if status := l.m.Run("gind status"); !strings.Contains(status, "log (advisory) failed: ") || !strings.Contains(status, why) {
		l.t.Errorf("gind status: %s", status)
	}
	if body := service.Get(l.t, l.m.HTTP(), "/metrics").Body; !strings.Contains(body, `gind_check_up{check="log",kind="advisory"} 0`) {
		l.t.Error("the metrics do not have it")
	}
	l.served()
}

func (l *loggedTrouble) passes() {
	l.t.Helper()
	l.eventually("the check passes", func() bool {
		return strings.Contains(service.Get(l.t, l.m.HTTP(), "/readyz?verbose").Body, "[+]log ok")
	})
	if status := l.m.Run("gind status"); !strings.Contains(status, "log (advisory) ok") {
		l.t.Errorf("gind status: %s", status)
	}
	l.served()
}

func (l *loggedTrouble) served() {
	l.t.Helper()
	for _, path := range []string{"/readyz", "/healthz", "/livez", "/ok"} {
		if got := service.Get(l.t, l.m.HTTP(), path); got.Status != http.StatusOK {
			l.t.Errorf("GET %s: %d %s", path, got.Status, got.Body)
		}
	}
}

func (l *loggedTrouble) request(id string, status int, path string) {
	l.t.Helper()
	if got := service.Get(l.t, l.m.HTTP(), path, "X-Request-ID: "+id); got.Status != status {
		l.t.Errorf("GET %s: %d", path, got.Status)
	}
}

func (l *loggedTrouble) eventually(what string, is func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(noticed); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("not within %v: %s\n%s", noticed, what, l.m.Run("gind status"))
		}
	}
}

// A request that was answered has its record in the journal or in the files although
// the service was killed in the same moment, and whether journald takes records or
// not: what it had not handed on yet, the next process finds. Errors do not wait
// for that one.
func TestKilledServiceHasLoggedWhatItAnswered(t *testing.T) {
	installed.Testapp(t, nil, func(t *testing.T, m *machine.Machine) {
		service.DropIn(m, "gind.service", "[Service]", "Restart=no") // or the next process would be there before we look
		m.Run("systemctl start gind.socket gind")
		for _, journald := range []struct{ name, before, after string }{
			{"healthy", "true", "true"},
			{"standing still", "kill -STOP $(pidof systemd-journald)", "kill -CONT $(pidof systemd-journald)"},
			{"stopped", stopJournald, startJournald},
		} {
			m.Run(journald.before)
			answered := askUntilKilled(t, m, strings.ReplaceAll(journald.name, " ", "-"))
			m.Run(journald.after)
			errors := slices.DeleteFunc(slices.Clone(answered), func(id string) bool { return !strings.HasSuffix(id, failing) })
			if lost := unlogged(m, errors, "error.log"); len(lost) > 0 {
				t.Errorf("journald %s: errors that clients were told of are nowhere: %v", journald.name, lost)
			}
			m.Run("systemctl reset-failed gind; systemctl start gind")
			missing := unlogged(m, answered, "*.log")
			for tries := 0; len(missing) > 0 && tries < 20; tries++ {
				time.Sleep(100 * time.Millisecond)
				missing = unlogged(m, answered, "*.log")
			}
			t.Logf("journald %s: %d answers, %d without a record", journald.name, len(answered), len(missing))
			if len(missing) > 0 || len(answered) < 100 {
				t.Errorf("journald %s: of %d requests that were answered %d have no record: %v", journald.name, len(answered), len(missing), missing[:min(10, len(missing))])
			}
		}
		if found := m.Journal("-t", "gind", "MESSAGE_ID="+string(journal.EventInherited)); len(found) > 3 {
			t.Errorf("%d processes have left something behind", len(found))
		}
		if rings := m.Run("ls /run/gind | grep -c log-ring"); strings.TrimSpace(rings) != "1" {
			t.Errorf("%s ring files", rings)
		}
	})
}

// unlogged is which of the requests have no record: not in the journal, and not
// in the files of some names.
func unlogged(m *machine.Machine, answered []string, files string) (missing []string) {
	logged := map[string]bool{}
	for _, r := range m.Journal("-t", "gind", "--output-fields=REQUEST_ID") {
		logged[r["REQUEST_ID"]] = true
	}
	for line := range strings.Lines(m.Run("cat " + logDirectory + "/" + files + " || true")) {
		_, rest, _ := strings.Cut(line, `"request_id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		logged[id] = true
	}
	return slices.DeleteFunc(slices.Clone(answered), func(id string) bool { return logged[id] })
}

// failing is how the ids of requests end that fail.
const failing = "-fails"

// askUntilKilled makes requests, of which one in four fails, until the service is
// killed, and returns the ids of those that were answered.
func askUntilKilled(t *testing.T, m *machine.Machine, run string) (answered []string) {
	t.Helper()
	const clients = 8
	ids := make(chan string, 1<<20)
	done := make(chan struct{})
	var killed atomic.Bool
	client := m.HTTP()
	for c := range clients {
		go func() {
			defer func() { done <- struct{}{} }()
			for n := 0; !killed.Load(); n++ {
				id, path, want := fmt.Sprintf("%s-%d-%d", run, c, n), "/ok", http.StatusOK
				if n%4 == 0 {
					id, path, want = id+failing, "/fail", http.StatusInternalServerError
				}
				got, err := service.Request(client, path, "X-Request-ID: "+id)
				if err != nil || got.Status != want {
					return
				}
				ids <- id
			}
		}()
	}
	time.Sleep(time.Second)
	m.Run("systemctl kill --kill-who=main --signal=KILL gind")
	killed.Store(true) // a client that repeats its request gets an answer from the next process
	for range clients {
		<-done
	}
	close(ids)
	for id := range ids {
		answered = append(answered, id)
	}
	return answered
}
