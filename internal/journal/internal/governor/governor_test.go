package governor

import (
	"testing"
	"time"
)

func TestGovernorSaysOnceAPeriodWhatItHeld(t *testing.T) {
	const period = 10 * time.Second
	t.Parallel()
	g := New(period)
	g.Set(10)
	now := time.Now()
	allowed := 0
	for range 100 {
		if g.Allow(now) {
			allowed++
		} else {
			g.Hold(1, now)
		}
	}
	if allowed != 10 {
		t.Errorf("%d at once", allowed)
	}
	if held := g.Due(now.Add(period - 1)); held != 0 {
		t.Errorf("early: %d", held)
	}
	if held := g.Due(now.Add(period)); held != 90 {
		t.Errorf("held %d", held)
	}
	if held := g.Due(now.Add(2 * period)); held != 0 {
		t.Errorf("again: %d", held)
	}
	if !g.Allow(now.Add(100*time.Millisecond)) || g.Allow(now.Add(100*time.Millisecond)) {
		t.Error("a tenth of a second is one record")
	}
	g = New(period)
	g.Set(100)
	for g.Allow(now) {
	}
	if g.Allow(now.Add(50 * time.Millisecond)) {
		t.Error("journald is woken for less than the records of a tenth of a second")
	}
	for i := range 11 {
		if got, want := g.Allow(now.Add(100*time.Millisecond)), i < 10; got != want {
			t.Errorf("record %d of a tenth of a second: %v", i+1, got)
		}
	}
	g.Set(-1)
	for range 1000 {
		if !g.Allow(now) {
			t.Fatal("unlimited is limited")
		}
	}
}
