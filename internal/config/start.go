package config

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
)

// begin puts a first configuration in force: what a rollback pinned, else what
// the sources say, else the last good one.
func (s *Store) begin(ctx context.Context) error {
	result, err := s.loader.load(ctx)
	if err != nil {
		return err
	}
	next, trouble := s.choose(result)
	if next == nil {
		return trouble
	}
	if !s.loader.Schema.IsOpen() {
		trouble = errors.Join(trouble, s.record(next))
	}
	s.mu.Lock()
	s.trouble = trouble
	s.mu.Unlock()
	s.current.Store(next)
	return nil
}

// choose what is in force at the start. Without a snapshot, the error fails it.
func (s *Store) choose(result *loaded) (*Snapshot, error) {
	pinned, trouble := s.pinned(result)
	if pinned != nil {
		return pinned, nil
	}
	mistakes := document.Together(result.mistakes)
	if mistakes == nil {
		return result.snapshot, trouble
	}
	if good := s.lastGood(result); good != nil {
		return good, errors.Join(mistakes, trouble)
	}
	if s.loader.Schema.IsOpen() {
		return result.snapshot, mistakes
	}
	return nil, mistakes
}

// pinned is the version that a rollback put in force, if there is one and the
// sources say what they said then.
func (s *Store) pinned(result *loaded) (*Snapshot, error) {
	if s.history == nil {
		return nil, nil
	}
	pin, err := s.history.Pin()
	if err != nil || pin == nil || !pin.Holds(result.snapshot.said, s.loader.Schema.IsOpen()) {
		return nil, err
	}
	return s.recall(pin.Version, pin, result)
}

// recall a version of the history as a snapshot. result is what the sources say now.
func (s *Store) recall(n int, pin *history.Pin, result *loaded) (*Snapshot, error) {
	v, err := s.history.Get(n)
	if err != nil {
		return nil, err
	}
	next, err := s.loader.recall(v, result.literals).result()
	if err != nil {
		return nil, err
	}
	next.Version, next.Time, next.Who, next.said = v.Number, v.Time, v.Who, result.snapshot.said
	if pin != nil {
		next.Pinned = pin.RollbackTo
	}
	return next, nil
}

// lastGood is the newest version that the service was well with, if it may be
// used and can be.
func (s *Store) lastGood(result *loaded) *Snapshot {
	if s.history == nil || s.fallback == nil {
		return nil
	}
	v := s.history.Newest(history.GoodVersion)
	if v == nil {
		return nil
	}
	good, err := s.recall(v.Number, nil, result)
	if err != nil || !s.fallback(result.snapshot, good) {
		return nil
	}
	return good
}

// record the configuration of the start as a version, unless it is the newest one
// already. The error does not keep it from being in force.
func (s *Store) record(next *Snapshot) error {
	if next.Version > 0 {
		return nil // it came from the history
	}
	next.Version, next.Time, next.Who = 1, time.Now(), "start"
	if s.history == nil {
		return nil
	}
	last := s.history.Newest(history.AnyVersion)
	if last != nil && last.SHA256 == next.SHA256 {
		next.Version = last.Number
		return s.goodAtOnce(next)
	}
	v := versionOf(next)
	v.Good = s.confirm == nil
	if last != nil {
		v.Changes, next.Version = entry.Diff(last.Entries, asKept(next.filled.Entries)), last.Number+1
	}
	if err := s.history.Keep(v); err != nil {
		return err
	}
	next.Version = v.Number
	s.history.Prune()
	return nil
}

// goodAtOnce makes a version good where nobody confirms it.
func (s *Store) goodAtOnce(next *Snapshot) error {
	if s.confirm != nil {
		return nil
	}
	return s.history.MarkGood(next.Version)
}

// asKept are entries as the history has them, which knows nothing of what secrets
// say.
func asKept(entries []entry.Entry) []entry.Entry {
	kept := slices.Clone(entries)
	for i := range kept {
		kept[i].Secrets = 0
	}
	return kept
}

func versionOf(s *Snapshot) *history.Version {
	return &history.Version{Time: s.Time, Who: s.Who, Files: s.Files, SHA256: s.SHA256, Entries: s.filled.Entries}
}
