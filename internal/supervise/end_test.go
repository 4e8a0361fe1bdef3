package supervise

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/supervise/process"
)

// TestAProgramThatNobodyCanResumeIsNotPaused: its supervisor ends as it has.
func TestAProgramThatNobodyCanResumeIsNotPaused(t *testing.T) {
	missing := fmt.Errorf("/usr/bin/web: %w", fs.ErrNotExist)
	denied := &Mistake{"command", fmt.Errorf("/usr/bin/web: %w", fs.ErrPermission)}
	for name, test := range map[string]struct {
		refuse error
		alone  bool
		then   string
		status int
		least  time.Duration // that it is tried
		most   time.Duration
	}{
		"it crashes":                   {nil, true, "", 3, 15 * time.Second, time.Minute},
		"it crashes, as the key says":  {nil, false, "exit", 3, 15 * time.Second, time.Minute},
		"it is not there":              {missing, true, "", 127, 0, time.Second},
		"it is not there, by the key":  {missing, false, "exit", 127, 0, time.Second},
		"it is not executable":         {denied, true, "", 126, 0, time.Second},
		"the directory is not there":   {&Mistake{"directory", fs.ErrNotExist}, true, "", 126, 0, time.Second},
		"it may be startable later":    {syscall.EAGAIN, true, "", 126, 15 * time.Second, time.Minute},
		"it could be resumed":          {missing, false, "", 0, 0, 0},
		"it crashes, the key says not": {nil, true, "pause", 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stage{t: t, refuse: test.refuse, alone: test.alone, script: func(a *actor) { a.end(process.Exit{Code: 3}) }}
				begin := time.Now()
				v := s.supervise(Spec{Name: "web", CrashLoop: CrashLoop{Then: test.then}})
				if test.most == 0 {
					time.Sleep(time.Hour)
					v.want(t, Paused)
					v.finish()
					return
				}
				status := <-v.status
				if took := time.Since(begin); status != test.status || took < test.least || took > test.most {
					t.Errorf("status %d after %v, want %d", status, took, test.status)
				}
				if alerts := s.alerted(); len(alerts) != 1 || !alerts[0].Ended || alerts[0].ExitStatus != test.status {
					t.Errorf("%+v", alerts)
				}
			})
		})
	}
}

func TestOneOfSeveralProgramsIsPausedThoughNobodyCanResumeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, alone: true, script: func(a *actor) { a.end(process.Exit{Code: 3}) }}
		v := s.supervise(Spec{Name: "a"}, Spec{Name: "b"})
		time.Sleep(time.Hour)
		v.want(t, Paused)
		v.finish()
	})
}

func TestTheOnlyProgramCanBeStoppedAndResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "web"})
		time.Sleep(time.Minute)
		if err := v.Halt(t.Context(), "web"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		v.want(t, Stopped)
		if err := v.Resume("web"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		v.want(t, Running)
		if err := v.Halt(t.Context(), "web"); err != nil {
			t.Fatal(err)
		}
		if status := v.finish(); status != signalled(stopSignal).Status() {
			t.Errorf("status %d", status)
		}
	})
}
