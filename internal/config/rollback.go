package config

import (
	"context"
	"errors"
	"fmt"

	"github.com/gind/gind/internal/config/history"
)

// errNoHistory is for a rollback where nothing was kept.
var errNoHistory = errors.New("config: there is no history to roll back to (is there a state directory?)")

// Rollback puts version n of the history in force, as a reload would: checked, and
// with all subscribers or not at all. With n = 0 it is the newest good version
// that differs from what is in force. It is kept, also after a restart, until the
// sources say something else than now; see Snapshot.Pinned and Release.
//
// Secrets that are written out in the files are not in the history: they are
// taken as the files have them now.
func (s *Store) Rollback(ctx context.Context, n int, who string) (*Outcome, error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	if err := s.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if n == 0 {
		v := s.previous()
		if v == nil {
			return nil, fmt.Errorf("config: rollback: the history has no other good version: %w", history.ErrNoVersion)
		}
		n = v.Number
	}
	now, err := s.loader.load(ctx)
	if err != nil {
		return nil, err
	}
	pin := &history.Pin{RollbackTo: n}
	next, err := s.recall(n, pin, now)
	if err != nil {
		return nil, err
	}
	return s.transact(ctx, next, intent{who: who, pin: pin})
}

// previous is the newest good version that differs from what is in force.
func (s *Store) previous() *history.Version {
	current := s.Current()
	return s.history.Newest(func(v *history.Version) bool {
		return v.Good && v.Number < current.Version && v.SHA256 != current.SHA256
	})
}

// Release ends a rollback: what the sources say comes into force, as by Reload.
func (s *Store) Release(ctx context.Context, who string) (*Outcome, error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	if err := s.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	next, err := s.loader.Load(ctx)
	if err != nil {
		return nil, err
	}
	return s.transact(ctx, next, intent{who: who})
}

func (s *Store) takeTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("config: %w", context.Cause(ctx))
	}
}
