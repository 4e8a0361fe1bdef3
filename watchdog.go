package gind

import (
	"context"
	"errors"

	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/sdnotify"
)

// watch pings systemd's watchdog for as long as every listener answers and no
// live-check fails. It goes on in the drain, where listeners don't answer new
// connections any more and the drain's own limits apply.
func (a *application) watch() {
	interval, on := sdnotify.WatchdogInterval()
	if !on {
		return
	}
	watchdog := sdnotify.Watchdog{Interval: interval, Ping: func() error { return a.systemd().Ping() }, OnChange: a.watchdogChanged}
	watchdog.Run(a.life, a.alive)
}

// alive is the probe behind each ping.
func (a *application) alive(ctx context.Context) error {
	if a.isDraining() {
		return nil
	}
	if !a.checks.Healthy(health.Live) {
		return errors.New("a live-check fails: " + a.failingChecks(health.Live))
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

func (a *application) watchdogChanged(reason error) {
	if reason == nil {
		a.log.Warn("watchdog: the service answers again")
		return
	}
	a.log.Error("watchdog: the service does not answer itself, and systemd is not pinged until it does",
		journal.Message(journal.EventWatchdogFailing), "error", reason)
}
