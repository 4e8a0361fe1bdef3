package health

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// startInterval is the most time between two runs of a ready-check that
	// never passed.
	startInterval = time.Second

	// ownWords is how long after its timeout a probe may still return an error
	// of its own, which says more than "timed out" does.
	ownWords = 50 * time.Millisecond
)

// loop runs one check until ctx is done.
func (r *Registry) loop(ctx context.Context, s *state) {
	w := worker{check: s.check}
	passed := false
	for {
		hurried := r.hurried() // from before the run, which may not see what it is asked about
		res := w.run(ctx)
		if ctx.Err() != nil {
			return
		}
		r.record(s, res)
		passed = passed || res.err == nil
		if !sleep(ctx, hurried, time.Until(res.began.Add(pause(s.check, passed)))) {
			return
		}
	}
}

// pause is the time from the begin of one run to that of the next.
func pause(c Check, passed bool) time.Duration {
	d := c.Interval
	if c.Jitter > 0 {
		d += rand.N(c.Jitter)
	}
	if c.Kind == Ready && !passed {
		d = min(d, startInterval)
	}
	return d
}

// worker runs one probe at a time.
type worker struct {
	check Check
	hung  chan ended // the run that outlived its timeout, or nil
	since time.Time  // when that run began
}

// ended is how a probe returned.
type ended struct{ err error }

// run runs the probe once and waits for it until its timeout. While an earlier
// run still has not returned, that one is waited for instead, and the result
// is a failure either way: a probe holds one goroutine at most.
func (w *worker) run(ctx context.Context) result {
	began := time.Now()
	if w.returned() {
		return w.fresh(ctx, began)
	}
	return w.wait(ctx, began)
}

// returned reports whether no run is under way, forgetting one that came back late.
func (w *worker) returned() bool {
	select {
	case <-w.hung:
		w.hung = nil
	default:
	}
	return w.hung == nil
}

func (w *worker) fresh(parent context.Context, began time.Time) result {
	ctx, cancel := context.WithTimeout(parent, w.check.Timeout)
	defer cancel()
	done := make(chan ended, 1)
	go protect(ctx, w.check.Probe, done)

	select {
	case end := <-done:
		return result{began, time.Since(began), end.err}
	case <-ctx.Done():
	}
	select {
	case end := <-done:
		return result{began, time.Since(began), timedOut(w.check.Timeout, end.err)}
	case <-time.After(ownWords):
		w.hung, w.since = done, began
		return result{began, time.Since(began), timedOut(w.check.Timeout, nil)}
	}
}

// wait gives a hung run one more timeout to return.
func (w *worker) wait(parent context.Context, began time.Time) result {
	ctx, cancel := context.WithTimeout(parent, w.check.Timeout)
	defer cancel()
	select {
	case <-w.hung:
		w.hung = nil
	case <-ctx.Done():
	}
	age := time.Since(w.since)
	return result{began, age, fmt.Errorf("hangs for %v", age.Round(time.Millisecond))}
}

// timedOut says so, with the probe's own words if they are any more than that.
func timedOut(timeout time.Duration, err error) error {
	if err == nil || errors.Is(err, context.DeadlineExceeded) && err.Error() == context.DeadlineExceeded.Error() {
		return fmt.Errorf("timed out after %v", timeout)
	}
	return fmt.Errorf("timed out after %v: %w", timeout, err)
}

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, hurried <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(max(0, d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-hurried:
		return true
	case <-ctx.Done():
		return false
	}
}
