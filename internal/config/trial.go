package config

import (
	"context"
	"errors"
	"fmt"

	"github.com/gind/gind/internal/config/history"
)

// trial is the time after a change in which the service has to stay well.
type trial struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
	err    error // once done
}

// errSuperseded ends a trial that the next change comes before.
var errSuperseded = errors.New("another configuration came into force before this one was confirmed")

// isGood reports whether a configuration is good without a trial: because nobody
// tries any, or because the last good one was the same.
func (s *Store) isGood(next *Snapshot, why intent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirm == nil || why.reverting || s.good == nil || s.good.sameContent(next)
}

// try what has come into force, unless it is known to be good.
func (s *Store) try(o *Outcome, why intent) *trial {
	if s.isGood(o.New, why) {
		s.mu.Lock()
		s.good = o.New
		s.mu.Unlock()
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(context.Background())
	t := &trial{cancel: cancel, done: make(chan struct{})}
	s.trial = t
	go s.judge(ctx, t, s.good, o.New)
	return t
}

// judge ends a trial: what was tried is good from now on, or is taken back.
func (s *Store) judge(ctx context.Context, t *trial, good, tried *Snapshot) {
	defer close(t.done)
	defer t.cancel(nil)
	reason := protected(func() error { return s.confirm(ctx, good, tried) })
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if !s.endTrial(t) {
		t.err = context.Cause(ctx)
		return
	}
	if reason == nil {
		s.mu.Lock()
		s.good = tried
		s.mu.Unlock()
		_ = s.markGood(tried) // what can't be marked is not fallen back to
		return
	}
	t.err = fmt.Errorf("version %d is taken back: %w", tried.Version, reason)
	outcome, err := s.revert(good, tried, reason)
	if s.reverted != nil {
		s.reverted(outcome, errors.Join(t.err, err))
	}
}

// endTrial reports whether the trial is still the one of what is in force.
func (s *Store) endTrial(t *trial) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trial != t {
		return false
	}
	s.trial = nil
	return true
}

// supersede ends the trial before its time.
func (s *Store) supersede(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trial != nil {
		s.trial.cancel(cause)
		s.trial = nil
	}
}

// revert takes the last good configuration back, and keeps it until the sources
// say something else than what was tried. The caller has the turn.
func (s *Store) revert(good, tried *Snapshot, reason error) (*Outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	back := *good
	back.Pinned, back.said = good.Version, tried.said
	pin := &history.Pin{RollbackTo: good.Version, Reason: reason.Error()}
	o, err := s.transact(ctx, &back, intent{who: "automatic rollback", pin: pin, reverting: true})
	if err != nil {
		return nil, fmt.Errorf("version %d can't be taken back: %w", good.Version, err)
	}
	return o, nil
}

// markGood notes in the history that the service is well with a configuration.
func (s *Store) markGood(good *Snapshot) error {
	if s.history == nil {
		return nil
	}
	return s.history.MarkGood(good.Version)
}
