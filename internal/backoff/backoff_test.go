package backoff

import (
	"testing"
	"time"
)

var supervised = Pauses{First: time.Second, Min: 8 * time.Second, Max: 30 * time.Second}

func TestPausesDoubleAndAreThenRandom(t *testing.T) {
	for failures, want := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
		if got := supervised.After(failures); got != want {
			t.Errorf("%v after %d failures, want %v", got, failures, want)
		}
	}
	seen := map[time.Duration]bool{}
	for failures := 4; failures < 200; failures++ {
		got := supervised.After(failures)
		if got < supervised.Min || got > supervised.Max {
			t.Fatalf("%v after %d failures, want 8s to 30s", got, failures)
		}
		seen[got] = true
	}
	if len(seen) < 100 {
		t.Errorf("of 196 pauses only %d differ", len(seen))
	}
}

func TestPausesOfOddBoundsAreTheBounds(t *testing.T) {
	for _, test := range []struct {
		pauses   Pauses
		failures int
		want     time.Duration
	}{
		{Pauses{First: time.Minute, Min: time.Second, Max: time.Second}, 1, time.Second},
		{Pauses{First: time.Second, Min: 5 * time.Second, Max: time.Second}, 4, 5 * time.Second},
		{Pauses{}, 1000, 0},
	} {
		if got := test.pauses.After(test.failures); got != test.want {
			t.Errorf("%+v: %v after %d failures, want %v", test.pauses, got, test.failures, test.want)
		}
	}
}

func TestCrashesAreALoopWhenTooManyFallIntoTheWindow(t *testing.T) {
	limit := Limit{Crashes: 3, Window: time.Minute}
	var crashes Crashes
	at := func(seconds int) bool { return crashes.Add(time.Unix(int64(seconds), 0), limit) }
	for i, test := range []struct {
		seconds int
		want    bool
	}{{0, false}, {50, false}, {70, false}, {90, true}, {91, true}, {200, false}} {
		if got := at(test.seconds); got != test.want {
			t.Errorf("crash %d, after %d s: a loop is %v", i+1, test.seconds, got)
		}
	}
	for i := range 1000 {
		at(200 + i%10)
	}
	if len(crashes) > 3 {
		t.Errorf("%d times are kept of the three that matter", len(crashes))
	}
	crashes.Clear()
	if at(300) {
		t.Error("one crash is a loop")
	}
}
