package sdnotify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// WatchdogInterval is the time between two pings after which the manager takes
// the service for hung (WatchdogSec=), from $WATCHDOG_USEC. It reports false
// when the watchdog is off, meant for another process ($WATCHDOG_PID), or
// given by something that is no number. See sd_watchdog_enabled(3).
//
// The variables stay in the environment. For a successor to be watched, its
// starter removes WATCHDOG_PID from the successor's environment.
func WatchdogInterval() (time.Duration, bool) {
	if !supported {
		return 0, false
	}
	interval, err := daemon.SdWatchdogEnabled(false)
	return interval, err == nil && interval > 0
}

// Watchdog pings the manager while a probe succeeds.
type Watchdog struct {
	// Interval as the manager has it, see [WatchdogInterval]. 0: no watchdog.
	Interval time.Duration

	// Ping is [Notifier.Ping].
	Ping func() error

	// OnChange, when set, is called when pings stop (with the reason) and when
	// they resume (with nil), from the goroutine of Run. It must not block.
	OnChange func(reason error)
}

// Run pings at half the interval until ctx is done, each time only after the
// probe succeeded within a quarter of the interval. It returns at once without
// an interval.
//
// After a failure the probe is tried again at sixteenths of the interval, so
// that one lost request does not end the service; if none succeeds in time no
// ping is sent, and the manager ends the service with SIGABRT. A probe that
// ignores its context counts as failed and is not started a second time until
// it has returned.
func (w *Watchdog) Run(ctx context.Context, probe func(context.Context) error) {
	if w.Interval <= 0 {
		return
	}
	r := runner{probe: probe, timeout: w.Interval / 4}
	var failing error
	for {
		err := r.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = w.Ping()
		}
		w.report(failing, err)
		failing = err
		if !sleep(ctx, w.pause(err)) {
			return
		}
	}
}

// pause is the time from the end of one probe to the begin of the next.
func (w *Watchdog) pause(err error) time.Duration {
	if err != nil {
		return w.Interval / 16
	}
	return w.Interval / 2
}

func (w *Watchdog) report(before, now error) {
	if w.OnChange == nil || (before == nil) == (now == nil) {
		return
	}
	w.OnChange(now)
}

// ended is how a probe returned.
type ended struct{ err error }

// runner runs one probe at a time.
type runner struct {
	probe   func(context.Context) error
	timeout time.Duration

	running chan ended // the probe that has not returned yet, or nil
	since   time.Time
}

func (r *runner) run(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, r.timeout)
	defer cancel()

	r.reap()
	late := r.running != nil
	if !late {
		r.start(ctx)
	}
	select {
	case end := <-r.running:
		r.running = nil
		if late {
			return fmt.Errorf("the probe took %v", time.Since(r.since).Round(time.Millisecond))
		}
		return end.err
	case <-ctx.Done():
		return fmt.Errorf("the probe has not returned for %v: %w", time.Since(r.since).Round(time.Millisecond), ctx.Err())
	}
}

// reap forgets a probe that returned too late, between two runs.
func (r *runner) reap() {
	select {
	case <-r.running:
		r.running = nil
	default:
	}
}

func (r *runner) start(ctx context.Context) {
	result := make(chan ended, 1)
	r.running, r.since = result, time.Now()
	go func() {
		err := errors.New("the probe panicked")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("the probe panicked: %v", p)
			}
			result <- ended{err}
		}()
		err = r.probe(ctx)
	}()
}

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
