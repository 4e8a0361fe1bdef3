package health

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSwapKeepsTheServiceReadyAndTellsTheTruthAfterOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := &target{}, &target{err: errDown}
		r, seen := running(t, Check{Name: "old", Interval: time.Minute, Probe: good.probe})
		add := []Check{{Name: "good", Probe: good.probe}, {Name: "bad", Interval: time.Second, Jitter: -1, Probe: bad.probe}}
		if err := r.Swap([]string{"old", "unknown"}, add); err != nil {
			t.Fatal(err)
		}
		if !r.Healthy(Ready) {
			t.Errorf("not ready before a run said so: %v", r.Verdicts())
		}
		after(0)
		if got := seen.take(); got != "bad: failed: connection refused" || r.Healthy(Ready) || len(r.Verdicts()) != 2 {
			t.Errorf("told %q, verdicts %v", got, r.Verdicts())
		}
		runs := bad.asked()
		if err := r.Swap([]string{"bad"}, nil); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		if bad.asked() != runs || !r.Healthy(Ready) {
			t.Errorf("%d runs after it was taken out, verdicts %v", bad.asked()-runs, r.Verdicts())
		}
	})
}

func TestSwappedCheckGoesOnFromItsVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{err: errDown}
		r, seen := running(t, Check{Name: "db", Interval: time.Second, Jitter: -1, Probe: db.probe})
		seen.take()
		since := verdict(t, r, "db").Since
		after(time.Second)
		if err := r.Swap([]string{"db"}, []Check{{Name: "db", Interval: time.Hour, Jitter: -1, Probe: db.probe}}); err != nil {
			t.Fatal(err)
		}
		after(0)
		if v := verdict(t, r, "db"); v.OK || !v.Since.Equal(since) || seen.take() != "" {
			t.Errorf("%+v since %v", v, since)
		}
	})
}

func TestSwapIsAllOrNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{}
		r, _ := running(t, Check{Name: "db", Probe: db.probe}, Check{Name: "cache", Probe: db.probe})
		err := r.Swap([]string{"db"}, []Check{{Name: "new", Probe: db.probe}, {Name: "cache", Probe: db.probe}})
		var taken *TakenError
		if !errors.As(err, &taken) || taken.Name != "cache" {
			t.Errorf("error %v", err)
		}
		if err := r.Swap(nil, []Check{{Name: "twice", Probe: db.probe}, {Name: "twice", Probe: db.probe}}); err == nil {
			t.Error("two of a name")
		}
		if err := r.Swap(nil, []Check{{Name: "new"}}); err == nil {
			t.Error("no probe")
		}
		if names := r.Verdicts(); len(names) != 2 || names[0].Name != "db" || names[1].Name != "cache" {
			t.Errorf("%v", names)
		}
	})
}

func TestRunOfACheckThatWasTakenOutCountsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r, seen := running(t, Check{Name: "slow", Timeout: time.Hour, Probe: func(context.Context) error {
			<-release
			return errDown
		}})
		if err := r.Swap([]string{"slow"}, nil); err != nil {
			t.Fatal(err)
		}
		close(release)
		after(0)
		if got := seen.take(); got != "" || len(r.Verdicts()) != 0 {
			t.Errorf("told %q, verdicts %v", got, r.Verdicts())
		}
	})
}
