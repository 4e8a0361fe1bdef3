package health

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errDown = errors.New("connection refused")

// target is what a check asks: it can be taken down.
type target struct {
	mu   sync.Mutex
	err  error
	runs int
}

func (d *target) set(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *target) probe(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs++
	return d.err
}

func (d *target) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.runs
}

// changes keeps what OnChange was told.
type changes struct {
	mu  sync.Mutex
	all []string
}

func (c *changes) add(v Verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, v.String())
}

func (c *changes) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := strings.Join(c.all, "; ")
	c.all = nil
	return s
}

// running makes a registry of the checks and runs it until the test ends.
func running(t *testing.T, checks ...Check) (*Registry, *changes) {
	t.Helper()
	seen := &changes{}
	r := New(Options{OnChange: seen.add})
	for _, c := range checks {
		if err := r.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	synctest.Wait()
	return r, seen
}

// after lets the time pass, and everything that is due happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func verdict(t *testing.T, r *Registry, name string) Verdict {
	t.Helper()
	for _, v := range r.Verdicts() {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no verdict on %q", name)
	return Verdict{}
}

func TestVerdictChangesWithinOneIntervalAndIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{}
		r, seen := running(t, Check{Name: "database", Interval: 10 * time.Second, Jitter: -1, Probe: db.probe})
		if !r.Healthy(Ready) || seen.take() != "" {
			t.Fatalf("after the first pass: %v, told %q", r.Verdicts(), seen.take())
		}
		start := time.Now()
		db.set(errDown)
		after(10 * time.Second)
		v := verdict(t, r, "database")
		if v.OK || v.Err != "connection refused" || !v.Since.Equal(start.Add(10*time.Second)) || r.Healthy(Ready) {
			t.Errorf("one interval later: %+v", v)
		}
		if got := seen.take(); got != "database: failed: connection refused" {
			t.Errorf("told %q", got)
		}
		after(30 * time.Second)
		if got := seen.take(); got != "" {
			t.Errorf("told again: %q", got)
		}
		db.set(nil)
		after(10 * time.Second)
		if v := verdict(t, r, "database"); !v.OK || v.Err != "" || v.Runs != 6 || v.Failures != 4 {
			t.Errorf("after the rise: %+v", v)
		}
		if got := seen.take(); got != "database: ok" {
			t.Errorf("told %q", got)
		}
	})
}

func TestFallAndRiseTakeThatManyInARow(t *testing.T) {
	const fail, pass = false, true
	tests := []struct {
		kind       Kind
		fall, rise int
		runs       []bool
		want       string // the verdict after each run, "!" before one that changed
	}{
		{Ready, 3, 2, []bool{pass, fail, fail, pass, fail, fail, fail, pass, fail, pass, pass}, "++++++!----!+"},
		{Ready, 3, 2, []bool{fail, fail, pass, fail}, "!--!++"},
		{Live, 2, 1, []bool{fail, pass, fail, fail, pass}, "+++!-!+"},
		{Live, 1, 1, []bool{fail, pass}, "!-!+"},
		{Live, 1, 3, []bool{pass, fail, pass, pass, fail, pass, pass, pass}, "+!------!+"},
	}
	for _, tt := range tests {
		s := newState(Check{Name: "x", Kind: tt.kind, Fall: tt.fall, Rise: tt.rise}, time.Now())
		var got strings.Builder
		for _, ok := range tt.runs {
			res := result{}
			if !ok {
				res.err = errDown
			}
			if s.observe(res, time.Now()) {
				got.WriteString("!")
			}
			got.WriteString(map[bool]string{true: "+", false: "-"}[s.verdict.OK])
		}
		if got.String() != tt.want {
			t.Errorf("%v fall %d rise %d, runs %v: %s, want %s", tt.kind, tt.fall, tt.rise, tt.runs, got.String(), tt.want)
		}
	}
}

func TestFailureBelowFallIsShownButDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{}
		r, seen := running(t, Check{Name: "database", Fall: 2, Interval: time.Second, Jitter: -1, Probe: db.probe})
		db.set(errDown)
		after(time.Second)
		if v := verdict(t, r, "database"); !v.OK || v.Err != "connection refused" || seen.take() != "" {
			t.Errorf("after one of two failures: %+v", v)
		}
	})
}

func TestBeforeTheFirstRunAServiceIsAliveButNotReady(t *testing.T) {
	r := New(Options{})
	for _, c := range []Check{{Name: "database", Probe: (&target{}).probe}, {Name: "loop", Kind: Live, Probe: (&target{}).probe}} {
		if err := r.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	if !r.Healthy(Live) || r.Healthy(Ready) || r.Healthy() {
		t.Errorf("live %v, ready %v, all %v", r.Healthy(Live), r.Healthy(Ready), r.Healthy())
	}
	if v := verdict(t, r, "database"); v.Err != "has not run yet" || !v.LastRun.IsZero() {
		t.Errorf("%+v", v)
	}
	if got := r.Verdicts(Live); len(got) != 1 || got[0].Name != "loop" {
		t.Errorf("live verdicts: %v", got)
	}
	if empty := New(Options{}); !empty.Healthy() || len(empty.Verdicts()) != 0 {
		t.Error("a service without checks is not healthy")
	}
}

func TestWaitReadyWaitsForEveryReadyCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, cache := &target{err: errDown}, &target{}
		live := &target{err: errDown}
		r, _ := running(t,
			Check{Name: "database", Interval: time.Hour, Probe: db.probe},
			Check{Name: "cache", Interval: time.Hour, Probe: cache.probe},
			Check{Name: "loop", Kind: Live, Interval: time.Hour, Probe: live.probe})
		time.AfterFunc(7500*time.Millisecond, func() { db.set(nil) })

		begin := time.Now()
		if err := r.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Although the interval is an hour, it is asked every second until it passes.
		if took := time.Since(begin); took < 7*time.Second || took > 9*time.Second {
			t.Errorf("ready after %v", took)
		}
	})
}

func TestWaitReadyNamesWhatNeverPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		r, _ := running(t,
			Check{Name: "database", Interval: time.Second, Probe: (&target{err: errDown}).probe},
			Check{Name: "cache", Interval: time.Second, Probe: (&target{}).probe},
			Check{Name: "search", Timeout: time.Hour, Probe: slow})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := r.WaitReady(ctx)
		const want = "health: not ready: database: failed: connection refused; search: failed: has not run yet (context deadline exceeded)"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		var notReady *NotReadyError
		if !errors.As(err, &notReady) || len(notReady.Pending) != 2 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%#v", err)
		}
	})
}

func TestHungProbeFailsAndHoldsOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, release := 0, make(chan struct{})
		hang := func(context.Context) error {
			started++
			if started > 1 {
				return nil
			}
			<-release
			return nil
		}
		goroutines := runtime.NumGoroutine()
		r, seen := running(t, Check{Name: "nfs", Kind: Live, Interval: 10 * time.Second, Timeout: 2 * time.Second, Jitter: -1, Probe: hang})
		goroutines += 5 // Run, the check's loop, the probe, and what the runtime runs meanwhile

		after(3 * time.Second)
		if v := verdict(t, r, "nfs"); v.OK || v.Err != "timed out after 2s" || v.Latency < 2*time.Second {
			t.Errorf("after the timeout: %+v", v)
		}
		after(time.Minute)
		if v := verdict(t, r, "nfs"); v.OK || !strings.HasPrefix(v.Err, "hangs for ") || v.Runs < 6 {
			t.Errorf("a minute later: %+v", v)
		}
		if started != 1 || runtime.NumGoroutine() > goroutines {
			t.Errorf("%d probes started, %d goroutines", started, runtime.NumGoroutine())
		}
		if got := seen.take(); got != "nfs: failed: timed out after 2s" {
			t.Errorf("told %q", got)
		}
		close(release)
		after(20 * time.Second)
		if v := verdict(t, r, "nfs"); !v.OK {
			t.Errorf("after it let go: %+v", v)
		}
	})
}

func TestRunOfAnotherCheckIsNotHeldUpByAHungOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		db := &target{}
		running(t,
			Check{Name: "nfs", Interval: time.Second, Probe: func(context.Context) error { <-release; return nil }},
			Check{Name: "database", Interval: time.Second, Jitter: -1, Probe: db.probe})
		after(time.Minute)
		if db.asked() < 60 {
			t.Errorf("asked %d times in a minute", db.asked())
		}
	})
}

func TestTimedOutProbeMaySayWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := running(t, Check{Name: "database", Timeout: time.Second, Probe: func(ctx context.Context) error {
			<-ctx.Done()
			return fmt.Errorf("waiting for the banner: %w", ctx.Err())
		}})
		after(2 * time.Second)
		const want = "timed out after 1s: waiting for the banner: context deadline exceeded"
		if v := verdict(t, r, "database"); v.Err != want {
			t.Errorf("got %q, want %q", v.Err, want)
		}
	})
}

func TestProbeThatReturnsNilTooLateHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := running(t, Check{Name: "database", Timeout: time.Second, Probe: func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}})
		after(2 * time.Second)
		if v := verdict(t, r, "database"); v.OK || v.Err != "timed out after 1s" {
			t.Errorf("%+v", v)
		}
	})
}

func TestPanickingProbeHasFailedWithItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var none map[string]int
		r, _ := running(t,
			Check{Name: "own", Probe: func(context.Context) error { panic("out of\ncheese") }},
			Check{Name: "runtime", Probe: func(context.Context) error { none["x"] = 1; return nil }},
			Check{Name: "goexit", Probe: func(context.Context) error { runtime.Goexit(); return nil }})
		after(time.Millisecond)
		for name, want := range map[string]string{
			"own":     "panic: out of cheese (registry_test.go:",
			"runtime": "panic: assignment to entry in nil map (registry_test.go:",
			"goexit":  "the probe ended its goroutine",
		} {
			if v := verdict(t, r, name); v.OK || !strings.HasPrefix(v.Err, want) {
				t.Errorf("%s: %q, want %q", name, v.Err, want)
			}
		}
	})
}

func TestErrorIsOneBoundedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := running(t, Check{Name: "x", Probe: func(context.Context) error {
			return errors.New("a\nb\x00\xff" + strings.Repeat("ä", 10_000))
		}})
		v := verdict(t, r, "x")
		if strings.ContainsAny(v.Err, "\n\x00") || len(v.Err) > maxError || !strings.HasPrefix(v.Err, "a b") || !strings.HasSuffix(v.Err, "ä…") {
			t.Errorf("%d bytes: %.20q", len(v.Err), v.Err)
		}
	})
}

func TestDrainMakesTheServiceNotReadyForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{}
		r, seen := running(t, Check{Name: "database", Interval: time.Second, Jitter: -1, Probe: db.probe},
			Check{Name: "loop", Kind: Live, Probe: (&target{}).probe})
		asked := db.asked()
		r.Drain()
		r.Drain()
		after(5 * time.Second)
		if r.Healthy(Ready) || !r.Healthy(Live) {
			t.Errorf("draining: %v", r.Verdicts())
		}
		got := r.Verdicts(Ready)
		if len(got) != 2 || got[1].Name != "shutdown" || got[1].OK || got[1].Err == "" || !got[0].OK {
			t.Errorf("draining: %v", got)
		}
		if db.asked() == asked {
			t.Error("the checks stopped")
		}
		if told := seen.take(); told != "" {
			t.Errorf("told %q", told)
		}
	})
}

func TestAskingCostsNoCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &target{}
		r, _ := running(t, Check{Name: "database", Interval: time.Hour, Probe: db.probe})
		for range 10_000 {
			_, _ = r.Healthy(), r.Verdicts(Ready)
		}
		after(time.Minute)
		if db.asked() != 1 {
			t.Errorf("10,000 questions ran the check %d times", db.asked())
		}
	})
	r := New(Options{})
	if err := r.Add(Check{Name: "database", Probe: (&target{}).probe}); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { r.Healthy(Ready) }); n != 0 {
		t.Errorf("Healthy allocates %v times", n)
	}
}

func TestCheckAddedWhileRunningStartsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := running(t)
		if err := r.Add(Check{Name: "late", Probe: (&target{}).probe}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v := verdict(t, r, "late"); !v.OK {
			t.Errorf("%+v", v)
		}
	})
}

func TestJitterSpreadsTheRuns(t *testing.T) {
	c, err := Check{Name: "x", Interval: 10 * time.Second, Probe: (&target{}).probe}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[time.Duration]bool{}
	for range 100 {
		d := pause(c, true)
		if d < 10*time.Second || d >= 11*time.Second {
			t.Fatalf("a pause of %v", d)
		}
		seen[d] = true
	}
	if len(seen) < 90 {
		t.Errorf("only %d different pauses of 100", len(seen))
	}
}

func TestAddRefusesWhatCannotWork(t *testing.T) {
	ok := (&target{}).probe
	r := New(Options{})
	if err := r.Add(Check{Name: "database", Probe: ok}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		check Check
		text  string
	}{
		{Check{Name: "database", Probe: ok}, "one of that name already"},
		{Check{Name: "", Probe: ok}, "a name has"},
		{Check{Name: "a b", Probe: ok}, "a name has"},
		{Check{Name: "a\nb", Probe: ok}, "a name has"},
		{Check{Name: "../x", Probe: ok}, "a name has"},
		{Check{Name: strings.Repeat("x", 64), Probe: ok}, "a name has"},
		{Check{Name: "shutdown", Probe: ok}, "taken"},
		{Check{Name: "x"}, "no probe"},
		{Check{Name: "x", Probe: ok, Kind: 7}, "unknown kind 7"},
		{Check{Name: "x", Probe: ok, Interval: -1}, "negative"},
		{Check{Name: "x", Probe: ok, Fall: -1}, "negative"},
	}
	for _, tt := range tests {
		if err := r.Add(tt.check); err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%+v: %v, want %q", tt.check, err, tt.text)
		}
	}
	if len(r.Verdicts()) != 1 {
		t.Errorf("verdicts on refused checks: %v", r.Verdicts())
	}
}

func TestKindIsText(t *testing.T) {
	for _, k := range []Kind{Ready, Live, Advisory} {
		text, err := k.MarshalText()
		var back Kind
		if err != nil || back.UnmarshalText(text) != nil || back != k {
			t.Errorf("%v became %q, %v", k, text, back)
		}
	}
	var k Kind
	if err := k.UnmarshalText([]byte("dead")); err == nil {
		t.Error(`"dead" is a kind`)
	}
}

// BenchmarkHealthy is what one probe of /readyz costs here.
func BenchmarkHealthy(b *testing.B) {
	r := New(Options{})
	for i := range 20 {
		if err := r.Add(Check{Name: fmt.Sprint("check", i), Probe: (&target{}).probe}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		r.Healthy(Ready)
	}
}

func TestRunNowDoesNotWaitForTheInterval(t *testing.T) {
	runs := make(chan struct{}, 10)
	r := New(Options{})
	probe := func(context.Context) error { runs <- struct{}{}; return nil }
	if err := r.Add(Check{Name: "a", Probe: probe, Interval: time.Hour}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go r.Run(ctx)
	for i := range 3 {
		select {
		case <-runs:
		case <-time.After(5 * time.Second):
			t.Fatalf("run %d did not come", i+1)
		}
		r.RunNow()
	}
}

func TestAnAdvisoryCheckIsShownAndDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &target{err: errDown}
		r, seen := running(t, Check{Name: "log", Kind: Advisory, Interval: time.Second, Jitter: -1, Probe: disk.probe})
		after(0)
		if v := verdict(t, r, "log"); v.OK || v.Err != errDown.Error() {
			t.Errorf("%+v", v)
		}
		if err := r.WaitReady(t.Context()); err != nil {
			t.Error(err)
		}
		if !r.Healthy() || r.Healthy(Advisory) {
			t.Errorf("healthy: %v, as to advice: %v", r.Healthy(), r.Healthy(Advisory))
		}
		if seen.take() == "" {
			t.Error("nobody was told")
		}
		disk.set(nil)
		after(time.Second)
		if !r.Healthy(Advisory) {
			t.Error("it does not pass again")
		}
	})
}
