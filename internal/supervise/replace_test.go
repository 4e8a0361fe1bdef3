package supervise

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/supervise/process"
)

// replacing begins a replacement and returns where its verdict will be.
func (v *supervised) replacing(t *testing.T) <-chan error {
	t.Helper()
	verdict := make(chan error, 1)
	go func() { verdict <- v.Replace(t.Context()) }()
	synctest.Wait()
	return verdict
}

func TestAReplacementTakesOverWhenItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := map[int]bool{1001: true}
		s := &stage{t: t, script: obedient, healthy: func(c child) error {
			if slow[c.PID()] {
				return errSick
			}
			return nil
		}}
		v := s.supervise(Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}})
		v.want(t, Running)
		verdict := v.replacing(t)
		time.Sleep(20 * time.Second)
		v.want(t, Replacing)
		if got := v.Status()[0].PID; got != 1000 {
			t.Errorf("%d is in service before the other is ready", got)
		}
		if err := v.Replace(t.Context(), "web"); !errors.Is(err, errReplacing) {
			t.Errorf("a replacement during a replacement: %v", err)
		}
		s.turn(func() { delete(slow, 1001) })
		if err := <-verdict; err != nil {
			t.Fatal(err)
		}
		v.want(t, Running)
		all := s.cast()
		if len(all) != 2 || all[0].running() || all[0].exit != signalled(stopSignal) || !all[1].running() {
			t.Errorf("%d starts, the old one ended with %v", len(all), all[0].exit)
		}
		if got := v.Status()[0]; got.PID != 1001 || got.Restarts != 0 {
			t.Errorf("%+v", got)
		}
		v.finish()
	})
}

func TestAReplacementThatFailsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "web"})
		time.Sleep(time.Minute)
		s.turn(func() { s.script = crashing })
		err := v.Replace(t.Context())
		if err == nil || !strings.Contains(err.Error(), `program "web": the new process ended before it was ready: exit status 1`) {
			t.Errorf("%v", err)
		}
		v.want(t, Running)
		s.turn(func() { s.refuse = errSick })
		if err := v.Replace(t.Context()); !errors.Is(err, errSick) {
			t.Errorf("%v", err)
		}
		v.want(t, Running)
		if all := s.cast(); !all[0].running() || v.Status()[0].PID != 1000 || v.Status()[0].Restarts != 0 {
			t.Errorf("%+v", v.Status())
		}
		v.finish()
	})
}

func TestWhenTheOldOneDiesTheNewOneIsInService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient, healthy: sick}
		v := s.supervise(Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}})
		verdict := v.replacing(t)
		s.cast()[0].end(process.Exit{Code: 1})
		v.want(t, Starting)
		if got := v.Status()[0]; got.PID != 1001 || got.LastExit != "exit status 1" {
			t.Errorf("%+v", got)
		}
		s.turn(func() { s.healthy = healthy })
		if err := <-verdict; err != nil {
			t.Error(err)
		}
		v.want(t, Running)
		if n := len(s.cast()); n != 2 {
			t.Errorf("%d starts", n)
		}
		v.finish()
	})
}

func TestThereIsNothingToReplaceWhereNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: crashing}
		v := s.supervise(Spec{Name: "web"})
		if err := v.Replace(t.Context()); err == nil || !strings.Contains(err.Error(), "waiting") {
			t.Errorf("%v", err)
		}
		if err := v.Replace(t.Context(), "shop"); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v", err)
		}
		v.finish()
	})
}

func TestAStopDuringAReplacementEndsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient, healthy: sick}
		v := s.supervise(Spec{Name: "web", Probe: Probe{HTTP: "http://localhost/"}})
		verdict := v.replacing(t)
		status := v.finish()
		if err := <-verdict; err == nil {
			t.Error("the replacement succeeded")
		}
		for _, a := range s.cast() {
			if a.running() {
				t.Errorf("%d runs on", a.pid)
			}
		}
		if status != signalled(stopSignal).Status() {
			t.Errorf("status %d", status)
		}
	})
}

func TestAReplaceWaitsNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "web", Start: Start{Settle: 30 * time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := v.Replace(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Minute)
		if got := v.Status()[0]; got.PID != 1001 || got.State != Running {
			t.Errorf("it did not go on: %+v", got)
		}
		v.finish()
	})
}

func TestAReloadStartsStopsAndChangesPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "same"}, Spec{Name: "gone"}, Spec{Name: "changed"})
		time.Sleep(time.Minute)
		before := v.Status()
		program := []string{"program"}
		err := v.Reload(t.Context(),
			Spec{Name: "new", Command: program}, Spec{Name: "same", Command: program},
			Spec{Name: "changed", Command: program, Environment: []string{"A=1"}})
		if err != nil {
			t.Fatal(err)
		}
		after := v.Status()
		if len(after) != 3 || after[0].Name != "changed" || after[1].Name != "new" || after[2].Name != "same" {
			t.Fatalf("%+v", after)
		}
		for _, status := range after {
			if status.State != Running {
				t.Errorf("%+v", status)
			}
		}
		if after[2].PID != before[2].PID || after[0].PID == before[0].PID {
			t.Errorf("before %+v, after %+v", before, after)
		}
		running := 0
		for _, a := range s.cast() {
			if a.running() {
				running++
			}
		}
		if running != 3 {
			t.Errorf("%d processes run", running)
		}

		// One mistake anywhere, and nothing happens.
		if err := v.Reload(t.Context(), Spec{Name: "new", Command: program}, Spec{Name: "same"}); err == nil || !strings.Contains(err.Error(), `program "same": command: no command`) {
			t.Errorf("%v", err)
		}
		if len(v.Status()) != 3 {
			t.Error("a bad reload was carried out")
		}
		v.finish()
	})
}

func TestAReloadSaysWhatBecameOfTheNewProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, script: obedient}
		v := s.supervise(Spec{Name: "web"})
		s.turn(func() { s.script = crashing })
		err := v.Reload(t.Context(), Spec{Name: "web", Command: []string{"worse"}})
		if err == nil || !strings.Contains(err.Error(), "exit status 1") {
			t.Errorf("%v", err)
		}
		v.finish()
	})
}
