package gind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/health/probe"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/sdnotify"
)

// watch pings systemd's watchdog for as long as every listener answers, goroutines
// get a processor and no live-check fails. It goes on in the drain, where listeners
// don't answer new connections any more and the drain's own limits apply.
func (a *application) watch() {
	interval, on := sdnotify.WatchdogInterval()
	if !on {
		return
	}
	starved, err := probe.Scheduler(probe.SchedulerOptions{MaxWait: interval / 4})
	if err != nil {
		a.log.Warn("watchdog: the scheduler is not watched", "error", err)
		starved = func(context.Context) error { return nil }
	}
	watchdog := sdnotify.Watchdog{Interval: interval, Ping: func() error { return a.systemd().Ping() }, OnChange: a.watchdogChanged}
	watchdog.Run(a.life, func(ctx context.Context) error {
		if a.isDraining() {
			return nil
		}
		return errors.Join(starved(ctx), a.alive(ctx))
	})
}

// alive reports whether no live-check fails and every listener answers.
func (a *application) alive(ctx context.Context) error {
	for _, v := range a.checks.Verdicts(health.Live) {
		if !v.OK {
			return liveError{v.String()}
		}
	}
	for _, l := range a.servingListeners() {
		err := a.probe(ctx, l)
		if a.isDraining() {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// liveError is that of a live-check.
type liveError struct{ verdict string }

func (e liveError) Error() string { return "a live-check fails: " + e.verdict }

// watchdogChanged is told by the watchdog when pings stop, and when they go on.
func (a *application) watchdogChanged(reason error) {
	var live liveError
	switch {
	case reason == nil:
		a.log.Warn("watchdog: the service answers again")
		a.settle()
	case errors.As(reason, &live):
		a.askForRestart(live)
	default:
		a.notice(journal.EventWatchdogFailing, "watchdog: the service does not answer itself, and systemd is not pinged until it does", reason)
	}
}

// askForRestart has systemd end this process at once, once it has written down why.
// It is asked in service only, and once.
func (a *application) askForRestart(reason error) {
	if state := a.machine.State(); state == lifecycle.Starting || state == lifecycle.Draining || state == lifecycle.Stopped {
		return
	}
	if !a.systemd().Enabled() {
		return // nobody would start it again
	}
	a.restart.Do(func() {
		a.notice(journal.EventRestartAsked, "the service asks systemd to restart it: "+reason.Error(), reason)
		a.told(a.systemd().Trigger())
	})
}

const (
	memoryInterval = time.Second
	memoryLow      = 90 // percent of the limit
	memoryWell     = 80
)

// watchMemory writes down what takes the memory before there is none: the kernel
// lets nobody say anything when it kills.
func (a *application) watchMemory() {
	if _, _, limited := probe.MemoryLimit(); !limited {
		return
	}
	low := false
	every(memoryInterval, a.life.Done(), func() {
		used, limit, ok := probe.MemoryLimit()
		if !ok {
			return
		}
		percent := used * 100 / limit
		if percent >= memoryLow && !low {
			a.notice(journal.EventMemoryLow, "memory runs out", fmt.Errorf("%d %% of the %d MiB that the service may have are in use", percent, limit>>20))
		}
		if low && percent < memoryWell {
			a.settle()
		}
		low = percent >= memoryLow || low && percent >= memoryWell
	})
}
