package service

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
func (s *Service) drain(hurry context.Context) error {
	defer s.end()
	begun := time.Now()
	limits := s.keys().Drain
	lameDuck := max(limits.Delay, limits.LameDuck)

	s.config.Store().Close()
	s.unit.Stopping()
	s.log.Info("draining", journal.Message(journal.EventDrainBegun), "in_flight", s.server.Stats().InFlight)
	err := s.unit.ExtendWhile(lameDuck+limits.Timeout+2*settleTime, func() error {
		if s.succession.Succeeded() {
			// The service goes on, so that no load balancer need know, and what
			// is frozen here is served there at once.
			s.freeze(hurry, lameDuck+limits.Timeout)
		} else {
			s.lameDuck(hurry, lameDuck, limits.Delay)
			s.freeze(hurry, limits.Timeout)
		}
		return s.shutDown(hurry)
	})
	s.log.Info("drained", journal.Message(journal.EventDrained), "took", time.Since(begun))
	return err
}

// lameDuck tells load balancers, and serves everything while the requests in
// flight finish, a predecessor's included.
func (s *Service) lameDuck(hurry context.Context, limit, delay time.Duration) {
	s.checks.Drain()
	if !s.hasListeners() {
		return
	}
	ctx, cancel := context.WithTimeout(hurry, limit)
	defer cancel()
	if err := errors.Join(s.server.LameDuck(ctx, delay), s.succession.Adopted(ctx)); err != nil {
		s.log.Warn("the lame-duck phase ended with requests in flight", "in_flight", s.server.Stats().InFlight)
	}
}

// freeze reads nothing new and lets the requests in flight finish.
func (s *Service) freeze(hurry context.Context, limit time.Duration) {
	if !s.hasListeners() {
		return
	}
	ctx, cancel := context.WithTimeout(hurry, limit)
	defer cancel()
	parking := s.succession.Park()
	s.server.Freeze()
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
