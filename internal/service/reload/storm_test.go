package reload

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gind/gind/internal/config"
)

// TestThoseWhoComeWhileAReloadReadsShareTheNext: what they have changed it may not
// have seen.
func TestThoseWhoComeWhileAReloadReadsShareTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s storm
		var runs atomic.Int32
		turn, finish := make(chan struct{}, 1), make(chan struct{})
		run := func(begun func()) (*config.Outcome, error) {
			turn <- struct{}{} // one reload after the other
			defer func() { <-turn }()
			begun()
			<-finish
			return &config.Outcome{New: &config.Snapshot{Version: int(runs.Add(1))}}, nil
		}
		versions := make(chan int, 101)
		join := func() {
			outcome, err := s.join(run)
			if err != nil {
				t.Error(err)
				return
			}
			versions <- outcome.New.Version
		}
		go join()
		synctest.Wait() // it reads
		for range 100 {
			go join()
		}
		synctest.Wait()
		close(finish)
		if first := <-versions; first != 1 {
			t.Errorf("the first got version %d", first)
		}
		for range 100 {
			if version := <-versions; version != 2 {
				t.Errorf("one who came later got version %d, want 2", version)
			}
		}
	})
}

// TestAReloadThatPanicsLeavesNobodyWaiting for the next one in vain.
func TestAReloadThatPanicsLeavesNobodyWaiting(t *testing.T) {
	var s storm
	func() {
		defer func() { _ = recover() }()
		_, _ = s.join(func(func()) (*config.Outcome, error) { panic("no") })
	}()
	ran := false
	if _, err := s.join(func(func()) (*config.Outcome, error) { ran = true; return nil, nil }); err != nil || !ran {
		t.Errorf("%v; the next one ran: %v", err, ran)
	}
}
