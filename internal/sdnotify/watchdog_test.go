package sdnotify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const interval = 16 * time.Second // sixteenths are seconds

// watched runs a Watchdog for a time and returns when it pinged, and what it reported.
func watched(t *testing.T, runFor time.Duration, probe func(context.Context) error) (pings []time.Duration, reports []error) {
	t.Helper()
	begin := time.Now()
	w := Watchdog{
		Interval: interval,
		Ping:     func() error { pings = append(pings, time.Since(begin)); return nil },
		OnChange: func(err error) { reports = append(reports, err) },
	}
	ctx, cancel := context.WithTimeout(t.Context(), runFor)
	defer cancel()
	w.Run(ctx, probe)
	return pings, reports
}

func TestWatchdogPingsAtHalfTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pings, reports := watched(t, 20*time.Second, func(context.Context) error { return nil })
		if want := []time.Duration{0, 8 * time.Second, 16 * time.Second}; !slices.Equal(pings, want) {
			t.Errorf("pings at %v, want %v", pings, want)
		}
		if len(reports) != 0 {
			t.Errorf("reports %v", reports)
		}
	})
}

func TestWatchdogPingsInTimeWithASlowProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pings, _ := watched(t, 200*time.Second, func(context.Context) error {
			time.Sleep(interval/4 - time.Millisecond)
			return nil
		})
		for i := 1; i < len(pings); i++ {
			if gap := pings[i] - pings[i-1]; gap >= interval {
				t.Errorf("%v between two pings of an interval of %v", gap, interval)
			}
		}
		if len(pings) < 200/16 {
			t.Errorf("only %d pings", len(pings))
		}
	})
}

func TestWatchdogDoesNotPingWhileTheProbeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		deadlocked := errors.New("deadlocked")
		pings, reports := watched(t, 40*time.Second, func(context.Context) error {
			if at := time.Since(begin); at >= 8*time.Second && at < 20*time.Second {
				return deadlocked
			}
			return nil
		})
		want := []time.Duration{0, 20 * time.Second, 28 * time.Second, 36 * time.Second}
		if !slices.Equal(pings, want) {
			t.Errorf("pings at %v, want %v", pings, want)
		}
		if len(reports) != 2 || !errors.Is(reports[0], deadlocked) || reports[1] != nil {
			t.Errorf("reports %v, want one fall and one rise", reports)
		}
	})
}

func TestWatchdogForgivesOneLostRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		pings, _ := watched(t, 20*time.Second, func(ctx context.Context) error {
			runs++
			if runs == 2 { // times out
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		if len(pings) < 2 || pings[1]-pings[0] >= interval {
			t.Errorf("pings at %v, too late for an interval of %v", pings, interval)
		}
	})
}

func TestWatchdogRunsOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, release := 0, make(chan struct{})
		time.AfterFunc(60*time.Second, func() { close(release) })
		// Ends between two probes: at 100s one would start as the time is up.
		pings, reports := watched(t, 97*time.Second, func(context.Context) error {
			started++
			if started == 1 {
				<-release // ignores its context
			}
			return nil
		})
		if len(pings) == 0 || pings[0] < 60*time.Second || pings[0] > 62*time.Second {
			t.Errorf("pings at %v, want the first soon after 60s", pings)
		}
		if started != 1+len(pings) {
			t.Errorf("%d probes for %d pings", started, len(pings))
		}
		if len(reports) != 2 || !strings.Contains(reports[0].Error(), "has not returned for 4s") {
			t.Errorf("reports %v", reports)
		}
	})
}

func TestWatchdogSurvivesAPanickingProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pings, reports := watched(t, 20*time.Second, func(context.Context) error { panic("nil map") })
		if len(pings) != 0 || len(reports) != 1 || !strings.Contains(reports[0].Error(), "nil map") {
			t.Errorf("pings %v, reports %v", pings, reports)
		}
	})
}

func TestWatchdogReportsThatItCannotPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reports []error
		lost := errors.New("connection refused")
		w := Watchdog{
			Interval: interval,
			Ping:     func() error { return lost },
			OnChange: func(err error) { reports = append(reports, err) },
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w.Run(ctx, func(context.Context) error { return nil })
		if len(reports) != 1 || !errors.Is(reports[0], lost) {
			t.Errorf("reports %v", reports)
		}
	})
}

func TestWatchdogWithoutIntervalReturnsAtOnce(t *testing.T) {
	(&Watchdog{}).Run(t.Context(), func(context.Context) error {
		t.Error("probed")
		return nil
	})
}
