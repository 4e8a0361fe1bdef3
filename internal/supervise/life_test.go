package supervise

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
	"github.com/gind/gind/internal/supervise/process"
)

// often lets a program crash as often as it likes.
var often = CrashLoop{Crashes: 1000, Window: time.Second}

func TestRestartsFollowTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: crashing}
		v := s.supervise(Spec{Name: "web", CrashLoop: often})
		time.Sleep(10 * time.Minute)
		all := s.cast()
		if len(all) < 20 {
			t.Fatalf("%d starts in ten minutes", len(all))
		}
		random := map[time.Duration]bool{}
		for i, a := range all[1:] {
			wait := a.began.Sub(all[i].began)
			switch {
			case i < 3:
				if wait != time.Second<<i {
					t.Errorf("restart %d came after %v, want %v", i+1, wait, time.Second<<i)
				}
			case wait < 8*time.Second || wait > 30*time.Second:
				t.Errorf("restart %d came after %v, want 8s to 30s", i+1, wait)
			default:
				random[wait] = true
			}
		}
		if len(random) < len(all)-8 {
			t.Errorf("only %d different waits in %d starts", len(random), len(all))
		}
		v.finish()
	})
}

func TestAHealthyRunBeginsTheBackoffAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := []time.Duration{0, 0, 29 * time.Second, 30 * time.Second, 0, 0, time.Hour}
		s := &stage{t: t}
		n := 0
		s.script = func(a *actor) {
			ran := runs[min(n, len(runs)-1)]
			n++
			a.live(ran, process.Exit{Code: 1})
		}
		v := s.supervise(Spec{Name: "web", CrashLoop: often})
		time.Sleep(10 * time.Minute)
		want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 0, time.Second, 2 * time.Second}
		all := s.cast()
		for i, wait := range want {
			if got := all[i+1].began.Sub(all[i].began) - runs[i]; got != wait {
				t.Errorf("after a run of %v the wait was %v, want %v", runs[i], got, wait)
			}
		}
		all[len(all)-1].end(process.Exit{Signal: int(syscall.SIGKILL)})
		v.finish()
	})
}

func TestACrashLoopPausesTheProgramAndAlertsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: crashing}
		v := s.supervise(Spec{Name: "web", Command: []string{"web", "-x"}})
		time.Sleep(time.Hour)
		if n := len(s.cast()); n != 5 {
			t.Errorf("%d starts, want five", n)
		}
		state, reason := v.state()
		if state != Paused || reason != "5 crashes within 1m0s, the last: exit status 1" {
			t.Errorf("%s: %s", state, reason)
		}
		alerts := s.alerted()
		if len(alerts) != 1 || alerts[0].Program != "web" || alerts[0].Reason != "exit status 1" || alerts[0].ExitStatus != 1 || alerts[0].Command[1] != "-x" {
			t.Fatalf("%+v", alerts)
		}

		// A resume forgets the crashes: five more, and the second alert.
		if err := v.Resume(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := len(s.cast()); n != 10 || len(s.alerted()) != 2 {
			t.Errorf("%d starts and %d alerts after the resume", n, len(s.alerted()))
		}
		// So does a reload that changes nothing.
		s.turn(func() { s.script = obedient })
		if err := v.Reload(t.Context(), Spec{Name: "web", Command: []string{"web", "-x"}}); err != nil {
			t.Fatal(err)
		}
		v.want(t, Running)
		if status := v.finish(); status != signalled(stopSignal).Status() {
			t.Errorf("status %d", status)
		}
	})
}

func TestCrashesFarApartAreNoLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: func(a *actor) { a.live(40*time.Second, process.Exit{Signal: int(syscall.SIGSEGV)}) }}
		v := s.supervise(Spec{Name: "web"})
		time.Sleep(time.Hour)
		if n := len(s.cast()); n != 91 || len(s.alerted()) != 0 {
			t.Errorf("%d starts, %d alerts", n, len(s.alerted()))
		}
		s.latest().end(process.Exit{Signal: int(syscall.SIGKILL)})
		v.finish()
	})
}

func TestTheRestartPolicyDecidesWhatEndsForGood(t *testing.T) {
	clean, failed := process.Exit{}, process.Exit{Code: 3}
	segv := process.Exit{Signal: int(syscall.SIGSEGV)}
	for _, test := range []struct {
		policy string
		exit   process.Exit
		want   State
		status int
	}{
		{"no", clean, Stopped, 0},
		{"no", failed, Failed, 3},
		{"no", segv, Failed, 139},
		{"on-failure", clean, Stopped, 0},
		{"on-failure", asAsked, Stopped, asAsked.Status()},
		{"on-failure", failed, Waiting, 3},
		{"on-failure", segv, Waiting, 139},
		{"always", clean, Waiting, 0},
		{"always", asAsked, Waiting, asAsked.Status()},
		{"", failed, Waiting, 3},
	} {
		t.Run(fmt.Sprint(test.policy, " ", test.exit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stage{t: t, script: func(a *actor) { a.end(test.exit) }}
				v := s.supervise(Spec{Name: "web", Restart: test.policy})
				v.want(t, test.want)
				if test.want == Waiting {
					v.stop()
				}
				if status := <-v.status; status != test.status {
					t.Errorf("status %d, want %d", status, test.status)
				}
			})
		})
	}
}

func TestWhatCannotBeExecutedIsACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, refuse: fmt.Errorf("/usr/bin/web: %w", fs.ErrNotExist)}
		v := s.supervise(Spec{Name: "web"})
		time.Sleep(time.Hour)
		if state, reason := v.state(); state != Paused || !strings.Contains(reason, "/usr/bin/web: file does not exist") {
			t.Errorf("%s: %s", state, reason)
		}
		if len(s.alerted()) != 1 {
			t.Errorf("%d alerts", len(s.alerts))
		}
		if status := v.finish(); status != 127 {
			t.Errorf("status %d", status)
		}
	})
}

func TestStopWaitsForTheGraceAndThenKills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: func(a *actor) {}} // ignores everything
		v := s.supervise(Spec{Name: "web", Stop: Stop{Signal: "int", Grace: 7 * time.Second}})
		begin := time.Now()
		status := v.finish()
		a := s.latest()
		if took := time.Since(begin).Truncate(time.Second); took != 7*time.Second || status != 128+9 {
			t.Errorf("stopped after %v with status %d", took, status)
		}
		if sig := <-a.signals; sig != syscall.SIGINT {
			t.Errorf("told by %v", sig)
		}
	})
}

func TestASecondSignalKillsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: func(a *actor) {}}
		v := s.supervise(Spec{Name: "web"})
		begin := time.Now()
		v.handle(syscall.SIGTERM, nil)
		v.want(t, Stopping)
		v.handle(syscall.SIGTERM, nil)
		if status := <-v.status; status != 128+9 || time.Since(begin) > time.Second {
			t.Errorf("status %d after %v", status, time.Since(begin))
		}
	})
}

func TestAProgramIsReadyWhenWhatIsWantedWasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient, healthy: sick}
		probed := Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}}
		v := s.supervise(probed)
		time.Sleep(30 * time.Second)
		v.want(t, Starting)
		s.turn(func() { s.healthy = healthy })
		time.Sleep(startProbes)
		v.want(t, Running)
		v.finish()

		v = s.supervise(Spec{Name: "web"})
		time.Sleep(999 * time.Millisecond)
		v.want(t, Starting)
		time.Sleep(2 * time.Millisecond)
		v.want(t, Running)
		v.finish()

		if !notify.Supported {
			return
		}
		probed.Start.Notify = true
		v = s.supervise(probed)
		time.Sleep(30 * time.Second)
		v.want(t, Starting) // the probe is not enough
		s.latest().tell(notify.Message{Ready: true})
		v.want(t, Running)
		v.finish()
	})
}

func TestAProgramThatIsNotReadyInTimeIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient, healthy: sick}
		v := s.supervise(Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}, Start: Start{Timeout: 10 * time.Second}})
		first := s.latest()
		time.Sleep(5 * time.Second)
		first.tell(notify.Message{Extend: 10 * time.Second})
		time.Sleep(9 * time.Second)
		v.want(t, Starting)
		time.Sleep(time.Second)
		state, reason := v.state()
		if first.running() {
			t.Error("it runs on")
		}
		if state != Waiting || reason != "it was not ready within 10s ("+signalled(abortSignal).String()+")" {
			t.Errorf("%s: %s", state, reason)
		}
		v.finish()
	})
}

func TestAProgramThatHangsIsRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient, healthy: healthy}
		v := s.supervise(Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}})
		time.Sleep(time.Minute)
		v.want(t, Running)
		s.turn(func() { s.healthy = sick })
		time.Sleep(15 * time.Second)
		v.want(t, Running) // one failure, or two
		time.Sleep(16 * time.Second)
		all := s.cast()
		if len(all) != 2 || all[0].exit != signalled(abortSignal) {
			t.Errorf("%d starts, %v", len(all), all[0].exit)
		}
		if got := v.Status()[0].LastExit; got != "its probe failed: sick ("+signalled(abortSignal).String()+")" {
			t.Error(got)
		}
		v.finish()
	})
}

func TestTheWatchdogOfAProgramIsKept(t *testing.T) {
	if !notify.Supported {
		t.Skip("programs cannot notify here")
	}
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "web", Watchdog: 10 * time.Second, Start: Start{Notify: true}})
		time.Sleep(30 * time.Second)
		v.want(t, Starting) // it does not count before it is ready
		a := s.latest()
		a.tell(notify.Message{Ready: true})
		for range 10 {
			time.Sleep(9 * time.Second)
			a.tell(notify.Message{Ping: true})
		}
		v.want(t, Running)
		a.tell(notify.Message{Watchdog: 20 * time.Second})
		time.Sleep(19 * time.Second)
		v.want(t, Running)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := v.Status()[0].LastExit; got != "it has not sent WATCHDOG=1 for 20s (signal SIGABRT)" {
			t.Error(got)
		}
		b := s.latest()
		b.tell(notify.Message{Ready: true, Status: new("serving")})
		if got := v.Status()[0].Text; got != "serving" {
			t.Errorf("status %q", got)
		}
		b.tell(notify.Message{Trigger: true})
		synctest.Wait()
		if got := v.Status()[0].LastExit; !strings.HasPrefix(got, "it asked to be restarted") {
			t.Error(got)
		}
		v.finish()
	})
}

func TestAllEndWhenEverybodyHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exits := map[int]process.Exit{1000: {}, 1001: {Code: 3}}
		s := &stage{t: t, script: func(a *actor) { a.live(time.Duration(a.pid)*time.Second, exits[a.pid]) }}
		v := s.supervise(Spec{Name: "a", Restart: "no"}, Spec{Name: "b", Restart: "no"})
		time.Sleep(1000*time.Second + time.Millisecond)
		if all := v.Status(); all[0].State != Stopped || all[1].State != Running {
			t.Errorf("%+v", all)
		}
		if status := <-v.status; status != 1 {
			t.Errorf("status %d", status)
		}
		if err := v.Reload(t.Context(), Spec{Name: "a", Command: []string{"a"}}); err == nil {
			t.Error("a supervisor that has ended took a reload")
		}
	})
}

func TestAHaltedProgramStaysDownUntilItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "a"}, Spec{Name: "b"})
		time.Sleep(time.Minute)
		if err := v.Halt(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if all := v.Status(); all[0].State != Stopped || all[1].State != Running || len(s.cast()) != 2 {
			t.Errorf("%+v", all)
		}
		if err := v.Resume("a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		v.want(t, Running)
		// The last one that is stopped can be resumed as well.
		if err := v.Halt(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := v.Resume("b"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if all := v.Status(); all[0].State != Stopped || all[0].Reason != "until it is resumed" || all[1].State != Running {
			t.Errorf("%+v", all)
		}
		if err := v.Halt(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status := v.finish(); status != 0 {
			t.Errorf("status %d", status)
		}
	})
}
