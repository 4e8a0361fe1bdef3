package service

import (
	"context"
	"errors"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/service/succession"
	"github.com/gind/gind/internal/settings"
)

// settleTime is what background work, OnShutdown and the log get at the end.
const settleTime = 5 * time.Second

// drain finishes what is in flight, and stops the rest. hurry ends when a second
// signal says not to wait any longer.
func (s *Service) drain(hurry context.Context) error {
	defer s.end()
	begun := time.Now()
	limits := s.keys().Drain

	s.config.Store().Stop(errDraining)
	s.unit.Stopping()
	if !s.machine.Failed() {
		s.succession.Pass() // asked to stop, it has shown no fault
	}
	s.log.Info("draining", journal.Message(journal.EventDrainBegun), "in_flight", s.server.Stats().InFlight)
	err := s.unit.ExtendWhile(longest(limits), func() error {
		switch {
		case !s.hasListeners():
			s.checks.Drain()
		case s.succession.Succeeded():
			s.stepAside(hurry, limits)
		default:
			s.lameDuck(hurry, limits)
			s.freeze(hurry, limits.Freeze)
		}
		return s.shutDown(hurry)
	})
	s.log.Info("drained", journal.Message(journal.EventDrained), "took", time.Since(begun))
	return err
}

// longest is what a drain takes at most: lame duck, farewell, freeze, and what may
// settle: connections, background work and hooks, orders.
func longest(limits settings.Drain) time.Duration {
	return max(limits.Delay, limits.Patience()) + (1+youngFreezes)*limits.Freeze + 4*settleTime
}

// errDraining is why the config does not change any more.
var errDraining = errors.New("the service is draining")

// lameDuck tells load balancers, and serves everything while the requests in flight
// finish, a predecessor's included.
func (s *Service) lameDuck(hurry context.Context, limits settings.Drain) {
	s.checks.Drain()
	ctx, cancel := context.WithTimeout(hurry, max(limits.Delay+limits.Freeze, limits.Patience()))
	defer cancel()
	err := errors.Join(s.server.LameDuck(ctx, limits.Delay), s.succession.Adopted(ctx), s.server.Calm(ctx, limits.Freeze))
	if inFlight := s.server.Stats().InFlight; err != nil && inFlight > 0 {
		s.log.Warn("the lame-duck phase ended with requests in flight", "in_flight", inFlight)
	}
}

// freeze says the last call, and then reads nothing new: what is idle leaves, and what
// is still short finishes.
func (s *Service) freeze(hurry context.Context, limit time.Duration) {
	parking := s.succession.Park()
	s.server.LastCall()
	s.server.EndStreams()
	s.server.Farewell(hurry)
	parking.Freeze()
	frozen := time.Now()
	leave := settleTime
	if !s.awaitShort(hurry, limit) { // some never will
		leave = max(limit-time.Since(frozen), leaveTime)
	}
	ctx, cancel := context.WithTimeout(hurry, leave)
	defer cancel()
	s.finish(ctx, parking)
}

// leaveTime is what connections get at least that become idle at the very end.
const leaveTime = 100 * time.Millisecond

// youngFreezes is for how many times drain.freeze a request is awaited that began so
// shortly before the freeze that it may well be short.
const youngFreezes = 20

// awaitShort waits in a freeze for what began just before it, up to youngFreezes times
// as long as limit. What began earlier has outlasted the drain, and is not waited for.
// It reports whether nothing is in flight any more.
func (s *Service) awaitShort(hurry context.Context, limit time.Duration) bool {
	known := time.Now().Add(-limit)
	young, cancel := context.WithTimeout(hurry, youngFreezes*limit)
	defer cancel()
	if s.server.WaitYoung(young, known) != nil || s.server.Stats().InFlight > 0 {
		return false
	}
	late, cancel := context.WithTimeout(hurry, limit)
	defer cancel()
	s.server.WaitLatecomers(late)
	return s.server.Wait(young) == nil
}

// stepAside leaves the service to a successor. It goes on, so that no load balancer need
// know, and what is frozen here is served there at once: nobody waits for what finishes.
func (s *Service) stepAside(hurry context.Context, limits settings.Drain) {
	parking := s.succession.Park()
	parking.Freeze()
	s.server.LastCall()
	patience := max(limits.Delay, limits.Patience())
	ctx, cancel := context.WithTimeout(hurry, patience)
	defer cancel()
	defer time.AfterFunc(patience-leaveTime, s.server.EndStreams).Stop()
	s.finish(ctx, parking)
}

// finish what is in flight, and close.
func (s *Service) finish(ctx context.Context, parking *succession.Parking) {
	if err := errors.Join(s.succession.Adopted(ctx), parking.Wait(ctx), s.server.Wait(ctx)); err != nil {
		s.server.TellCutOff()
	}
	parking.Close()
	_ = s.server.Close()
	_ = s.listeners.Close()
}

// hasListeners reports whether there is somebody to be drained: a start may have
// failed before that.
func (s *Service) hasListeners() bool { return len(s.listeners.Listeners()) > 0 }

// shutDown ends what the application runs beside its requests.
func (s *Service) shutDown(hurry context.Context) error {
	ctx, cancel := context.WithTimeout(hurry, settleTime)
	defer cancel()
	return errors.Join(s.tasks.Stop(ctx), s.hooks.ShutDown(ctx))
}

// end stops what had to go on during the drain.
func (s *Service) end() {
	s.life.end()
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	s.orders.Shutdown(ctx)
}
