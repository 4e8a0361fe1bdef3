package config

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Store has the configuration in force and swaps it as a whole. Its methods may
// be called concurrently.
type Store struct {
	loader  *Loader
	current atomic.Pointer[Snapshot]

	mu          sync.Mutex // held by a reload
	subscribers []Subscriber
}

// Subscriber is told of a new configuration in two steps, so that all of them
// take it or none.
type Subscriber struct {
	// Name for errors.
	Name string
	// Prepare does everything that can fail, and nothing that can be seen. The
	// function it returns makes the change and can't fail; it may be nil.
	Prepare func(ctx context.Context, old, new *Snapshot) (commit func(), err error)
}

// Outcome says what a reload did.
type Outcome struct {
	Old, New *Snapshot
	Changes  []Change
}

// Open loads the first configuration. It is in force at once.
func Open(ctx context.Context, loader *Loader) (*Store, error) {
	first, err := loader.Load(ctx)
	if err != nil {
		return nil, err
	}
	s := &Store{loader: loader}
	s.enforce(first, 1, "start")
	return s, nil
}

// Current is the configuration in force: one atomic read.
func (s *Store) Current() *Snapshot { return s.current.Load() }

// Subscribe adds a subscriber for the reloads to come.
func (s *Store) Subscribe(subscriber Subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers = append(s.subscribers, subscriber)
}

// Reload reads everything again. Either the new configuration is in force with
// all subscribers when it returns, or there is an error and nothing has changed.
// Reloads come one after another.
func (s *Store) Reload(ctx context.Context, who string) (*Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.loader.Load(ctx)
	if err != nil {
		return nil, err
	}
	old := s.Current()
	commits, err := s.prepare(ctx, old, next)
	if err != nil {
		return nil, err
	}
	changes := Diff(old, next)
	version := old.Version
	if len(changes) > 0 {
		version++
	}
	s.enforce(next, version, who)
	for _, commit := range commits {
		commit()
	}
	return &Outcome{Old: old, New: next, Changes: changes}, nil
}

func (s *Store) prepare(ctx context.Context, old, next *Snapshot) (commits []func(), err error) {
	for _, subscriber := range s.subscribers {
		commit, err := subscriber.Prepare(ctx, old, next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", subscriber.Name, err)
		}
		if commit != nil {
			commits = append(commits, commit)
		}
	}
	return commits, nil
}

func (s *Store) enforce(next *Snapshot, version int, who string) {
	next.Version, next.Time, next.Who = version, time.Now(), who
	s.current.Store(next)
}
