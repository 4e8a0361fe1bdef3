package gind

import (
	"context"
	"errors"
	"time"

	"github.com/gind/gind/internal/journal"
)

// settleTime is what background work, OnShutdown and the log get at the end.
const settleTime = 5 * time.Second

// drain finishes what is in flight, in two phases, and stops the rest. hurry
// ends when a second signal says not to wait any longer.
func (a *application) drain(hurry context.Context) error {
	defer a.end()
	begun := time.Now()
	limits := a.keys().Drain
	lameDuck := max(limits.Delay, limits.LameDuck)

	a.config.store.Close()
	a.told(a.systemd().Stopping("draining"))
	a.log.Info("draining", journal.Message(journal.EventDrainBegun), "in_flight", a.server.Stats().InFlight)
	err := a.systemd().ExtendWhile(lameDuck+limits.Timeout+2*settleTime, func() error {
		if a.successor == nil {
			a.lameDuck(hurry, lameDuck, limits.Delay)
			a.freeze(hurry, limits.Timeout)
		} else {
			// The service goes on, so that no load balancer need know, and what
			// is frozen here is served there at once.
			a.freeze(hurry, lameDuck+limits.Timeout)
		}
		return a.shutDown(hurry)
	})
	a.log.Info("drained", journal.Message(journal.EventDrained), "took", time.Since(begun))
	return err
}

// isDraining reports whether the service has begun to stop.
func (a *application) isDraining() bool { return a.server.Draining().Err() != nil }

// lameDuck tells load balancers, and serves everything while the requests in
// flight finish, a predecessor's included.
func (a *application) lameDuck(hurry context.Context, limit, delay time.Duration) {
	a.checks.Drain()
	if a.listeners == nil {
		return
	}
	ctx, cancel := context.WithTimeout(hurry, limit)
	defer cancel()
	if err := errors.Join(a.server.LameDuck(ctx, delay), a.adopted(ctx)); err != nil {
		a.log.Warn("the lame-duck phase ended with requests in flight", "in_flight", a.server.Stats().InFlight)
	}
}

// freeze reads nothing new and lets the requests in flight finish.
func (a *application) freeze(hurry context.Context, limit time.Duration) {
	if a.listeners == nil {
		return
	}
	ctx, cancel := context.WithTimeout(hurry, limit)
	defer cancel()
	a.park(ctx)
	_ = a.server.Close()
	_ = a.listeners.Close()
}

// cutOff says which requests will not be answered.
func (a *application) cutOff() {
	for _, r := range a.server.OpenRequests() {
		a.log.Error("request cut off: the time of the drain is up",
			journal.Message(journal.EventRequestCutOff),
			"method", r.Method, "path", r.Path, "age", r.Age, "request_id", r.RequestID, "remote", r.Remote)
	}
}

// shutDown ends what the application runs beside its requests.
func (a *application) shutDown(hurry context.Context) error {
	ctx, cancel := context.WithTimeout(hurry, settleTime)
	defer cancel()
	return errors.Join(a.tasks.stop(ctx), a.hooks.shutDown(ctx))
}

// end stops what had to go on during the drain.
func (a *application) end() {
	a.endLife()
	if a.control != nil {
		ctx, cancel := context.WithTimeout(context.Background(), settleTime)
		defer cancel()
		_ = a.control.Shutdown(ctx)
	}
}
