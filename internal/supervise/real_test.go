//go:build linux || windows

package supervise

import (
	"testing"
	"time"
)

func TestARestartInRealTime(t *testing.T) {
	v := play(t, Options{}, newLogged(t), Spec{
		Name: "fail", Environment: []string{"TEST_ROLE=fail"}, CrashLoop: CrashLoop{Crashes: 4},
		Backoff: Backoff{First: 100 * time.Millisecond, Min: 400 * time.Millisecond, Max: 500 * time.Millisecond},
	})
	begin := time.Now()
	until(t, "the pause", func() bool { return v.Status()[0].State == Paused })
	// 100 ms, 200 ms, 400 to 500 ms, and what four starts take, which is for the machine to say.
	if took := time.Since(begin); took < 690*time.Millisecond {
		t.Errorf("four crashes took %v", took)
	}
	until(t, "the log", func() bool { return v.log.has("ERROR the program crashed", "exit status 3") == 4 })
	for pause, times := range map[string]int{"restart_in=100ms": 1, "restart_in=200ms": 1, "restart_in=": 3} {
		if got := v.log.has("ERROR the program crashed", pause); got != times {
			t.Errorf("%d pauses with %s, want %d", got, pause, times)
		}
	}
	if v.log.has("WARN stderr: cannot open the database", "") != 4 || v.log.has("ERROR+4 the program crashes again and again", "crashes=4") != 1 {
		t.Error("the log is not complete")
	}
	if status := v.finish(t); status != 3 {
		t.Errorf("status %d", status)
	}
}

func TestAFloodStallsNobody(t *testing.T) {
	log := newLogged(t)
	log.delay = 100 * time.Microsecond // 10,000 lines a second at the best
	v := play(t, Options{}, log, Spec{Name: "flood", Environment: []string{"TEST_ROLE=flood"}, Restart: "no"})
	select {
	case status := <-v.status:
		v.status <- status
	case <-time.After(15 * time.Second):
		t.Fatal("it has not ended")
	}
	if n := log.has("ERROR stderr: flooded in", ""); n != 1 {
		t.Errorf("%d records of the error", n)
	}
	s := v.Status()[0]
	if s.Lines != 500_001 || s.Dropped < 400_000 || s.State != Stopped {
		t.Errorf("%+v", s)
	}
}
