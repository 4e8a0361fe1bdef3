package reload

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
)

// tried is a config that is on trial from now on.
func tried(f *fixture) *config.Snapshot {
	now := *f.Config.Current()
	now.Time = time.Now()
	return &now
}

func TestATrialFailsAtOnceWithTheCheckThatFell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, "config: {confirm: 10s}\n")
		begun := time.Now()
		f.checks.say(health.Verdict{Name: "disk", OK: false, Since: begun.Add(-time.Hour), Err: "full"})
		time.AfterFunc(3*time.Second, func() {
			f.checks.say(health.Verdict{Name: "cache", OK: false, Since: time.Now(), Err: "refused"})
		})
		err := f.StaysReady(t.Context(), tried(f))
		if err == nil || err.Error() != "check cache fails since then: refused" {
			t.Errorf("the trial ended with %v", err)
		}
		if took := time.Since(begun); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("it took %v, and the check fell after 3s", took)
		}
		if f.checks.ran != 1 {
			t.Errorf("the checks were run %d times, want once, at the beginning", f.checks.ran)
		}
	})
}

// TestATrialIsPassed by what failed before as well, by a service that drains, and by
// one whose trial the next change ends.
func TestATrialIsPassed(t *testing.T) {
	for name, tt := range map[string]struct {
		since    time.Duration
		draining bool
		broken   time.Duration
		took     time.Duration
	}{
		"failed before": {since: -time.Hour, took: 10 * time.Second},
		"draining":      {since: time.Second, draining: true, took: 10 * time.Second},
		"broken off":    {since: time.Hour, broken: 2 * time.Second, took: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, "config: {confirm: 10s}\n")
				f.draining.Store(tt.draining)
				begun := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.broken > 0 {
					time.AfterFunc(tt.broken, cancel)
				}
				on := tried(f)
				f.checks.say(health.Verdict{Name: "cache", OK: tt.since > time.Minute, Since: begun.Add(tt.since)})
				if err := f.StaysReady(ctx, on); err != nil || time.Since(begun) != tt.took {
					t.Errorf("the trial ended with %v after %v, want %v", err, time.Since(begun), tt.took)
				}
			})
		})
	}
}

func TestWithoutTimeForATrialThereIsNone(t *testing.T) {
	f := newFixture(t, "config: {confirm: 0s}\n")
	f.checks.say(health.Verdict{Name: "cache", Since: time.Now().Add(time.Hour)})
	if err := f.StaysReady(t.Context(), tried(f)); err != nil || f.checks.ran != 0 {
		t.Errorf("%v, and the checks were run %d times", err, f.checks.ran)
	}
}
