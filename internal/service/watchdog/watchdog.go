package watchdog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/health/probe"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/server"
	"github.com/gind/gind/status"
)

// Unit is what systemd is told by a Watchdog.
type Unit interface {
	Enabled() bool
	Ping() error
	Trigger()
}

// Options of a Watchdog.
type Options struct {
	// Folder is where reports are; with an empty Dir none are written.
	Folder crash.Folder
	// Service and Version are told in a report.
	Service, Version string
	// Sequel is what has come of the last crash, for its record. May be nil, or say nothing.
	Sequel func() string
	// Armed has a crash of this process leave a report from the beginning; else
	// from Arm on.
	Armed bool

	Unit Unit
	Log  *slog.Logger
	// Errors are the last ones that were logged.
	Errors *crash.LastErrors
	// Checks has the verdicts of the checks.
	Checks func(...health.Kind) []health.Verdict
	// Probe asks the service as a client would.
	Probe func(context.Context) error
	// Requests are those in flight.
	Requests func() []server.OpenRequest
	// Serving reports whether the service has started and does not stop yet.
	Serving func() bool
	// Draining reports whether it has begun to stop.
	Draining func() bool
}

// Watchdog watches over one process. Its methods may be called concurrently.
type Watchdog struct {
	Options
	found    []crash.Report                 // of processes before this one, told at its start
	recorder *crash.Recorder                // nil where nothing is recorded
	count    atomic.Pointer[status.Crashes] // nil if there never was one
	restart  sync.Once                      // that this process asks for
}

// New returns a Watchdog, and tells what processes before this one have left.
func New(o Options) *Watchdog {
	w := &Watchdog{Options: o}
	if o.Folder.Dir != "" {
		w.record()
	}
	return w
}

// Run pings systemd's watchdog until ctx ends, for as long as every listener answers,
// goroutines get a processor and no live-check fails. It goes on in the drain, where
// listeners don't answer new connections any more and the drain's own limits apply.
func (w *Watchdog) Run(ctx context.Context) {
	interval, on := sdnotify.WatchdogInterval()
	if !on {
		return
	}
	starved, err := probe.Scheduler(probe.SchedulerOptions{MaxWait: interval / 4})
	if err != nil {
		w.Log.Warn("watchdog: the scheduler is not watched", "error", err)
		starved = func(context.Context) error { return nil }
	}
	watchdog := sdnotify.Watchdog{Interval: interval, Ping: w.Unit.Ping, OnChange: w.changed}
	watchdog.Run(ctx, func(ctx context.Context) error {
		if w.Draining() {
			return nil
		}
		return errors.Join(starved(ctx), w.alive(ctx))
	})
}

// alive reports whether no live-check fails and every listener answers.
func (w *Watchdog) alive(ctx context.Context) error {
	for _, v := range w.Checks(health.Live) {
		if !v.OK {
			return liveError{v.String()}
		}
	}
	err := w.Probe(ctx)
	if w.Draining() {
		return nil
	}
	return err
}

// liveError is that of a live-check.
type liveError struct{ verdict string }

func (e liveError) Error() string { return "a live-check fails: " + e.verdict }

// changed is told by the watchdog when pings stop, and when they go on.
func (w *Watchdog) changed(reason error) {
	var live liveError
	switch {
	case reason == nil:
		w.Log.Warn("watchdog: the service answers again")
		w.settle()
	case errors.As(reason, &live):
		w.askForRestart(live)
	default:
		w.notice(journal.EventWatchdogFailing, "watchdog: the service does not answer itself, and systemd is not pinged until it does", reason)
	}
}

// LiveFell has the process restarted for a live-check that fails.
func (w *Watchdog) LiveFell(v health.Verdict) { w.askForRestart(liveError{v.String()}) }

// askForRestart has systemd end this process at once, once it has written down why.
// It is asked in service only, and once.
func (w *Watchdog) askForRestart(reason error) {
	if !w.Serving() {
		return
	}
	if !w.Unit.Enabled() {
		return // nobody would start it again
	}
	w.restart.Do(func() {
		w.notice(journal.EventRestartAsked, "the service asks systemd to restart it: "+reason.Error(), reason)
		w.Unit.Trigger()
	})
}
