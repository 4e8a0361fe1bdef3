package config

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
)

// Outcome says what a change did.
type Outcome struct {
	// Old and New are what was in force before, and what is now.
	Old, New *Snapshot
	// Changes of keys, and the keys among them that need a restart to take effect.
	Changes     []entry.Change
	NeedRestart []string
	// Warning is what went wrong beside the change, as a history that can't be
	// written; nil if nothing did.
	Warning error

	trial *trial
}

// Wait waits for the end of the trial (see WithConfirm). It is nil if the
// configuration is good, or there was nothing to try.
func (o *Outcome) Wait(ctx context.Context) error {
	if o.trial == nil {
		return nil
	}
	select {
	case <-o.trial.done:
		return o.trial.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// intent is why something comes into force.
type intent struct {
	who string
	pin *history.Pin // of a rollback
	// reverting takes a trial back: there is nothing to try.
	reverting bool
}

// transact puts a snapshot in force with all subscribers, or changes nothing. The
// caller has the turn.
func (s *Store) transact(ctx context.Context, next *Snapshot, why intent) (*Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.stopping, func() { cancel(context.Cause(s.stopping)) })()
	old := s.Current()
	prepared, err := prepareAll(ctx, s.listSubscribers(), old, next)
	if err != nil {
		return nil, err
	}
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.stopping.Err() != nil {
		rollbackAll(prepared)
		return nil, context.Cause(s.stopping)
	}
	o := &Outcome{Old: old, New: next, Changes: Diff(old, next)}
	for i, c := range o.Changes {
		if s.remark != nil {
			s.remark(next, &o.Changes[i])
			c = o.Changes[i]
		}
		if !c.Live {
			o.NeedRestart = append(o.NeedRestart, c.Key)
		}
	}
	s.number(o, why)
	if err := commitAll(prepared); err != nil {
		s.unnumber(o)
		return nil, err
	}
	s.current.Store(next)
	o.warn(finishAll(prepared))
	s.settle(o, why)
	return o, nil
}

func (s *Store) listSubscribers() []subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.subscribers)
}

// number gives what is to come into force its version, and keeps it. What has
// not changed stays the version it is.
func (s *Store) number(o *Outcome, why intent) {
	next := o.New
	if len(o.Changes) == 0 {
		next.Version, next.Time, next.Who = o.Old.Version, o.Old.Time, o.Old.Who
		return
	}
	next.Version, next.Time, next.Who = o.Old.Version+1, time.Now(), why.who
	if s.history == nil {
		return
	}
	v := versionOf(next)
	v.Changes, v.RollbackTo, v.Good = o.Changes, next.Pinned, s.isGood(next, why)
	if err := s.history.Keep(v); err != nil {
		o.warn(err)
		return
	}
	next.Version = v.Number
}

// unnumber takes back the version of a change that failed.
func (s *Store) unnumber(o *Outcome) {
	if s.history != nil && len(o.Changes) > 0 && o.New.Version > o.Old.Version {
		s.history.Remove(o.New.Version)
	}
}

// settle does what can be done once the change is made.
func (s *Store) settle(o *Outcome, why intent) {
	s.mu.Lock()
	s.trouble = nil
	s.mu.Unlock()
	if s.history != nil {
		o.warn(s.settlePin(o, why))
	}
	if len(o.Changes) > 0 {
		s.supersede(errSuperseded)
		o.trial = s.try(o, why)
	}
	if s.history != nil {
		s.history.Prune()
	}
}

// settlePin keeps a rollback, or drops one that does not count any more.
func (s *Store) settlePin(o *Outcome, why intent) error {
	switch {
	case why.pin != nil:
		why.pin.Version, why.pin.Time, why.pin.Who, why.pin.Said = o.New.Version, time.Now(), why.who, o.New.said
		return s.history.SetPin(why.pin)
	case o.New.Pinned == 0:
		return s.history.RemovePin()
	}
	return nil
}

func (o *Outcome) warn(err error) {
	if err == nil {
		return
	}
	if o.Warning != nil {
		err = fmt.Errorf("%w; %w", o.Warning, err)
	}
	o.Warning = err
}
