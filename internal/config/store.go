package config

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
)

// Store has the configuration in force and swaps it as a whole. Its methods may
// be called concurrently, those that extend the schema aside.
type Store struct {
	loader *Loader
	options
	current atomic.Pointer[Snapshot]
	// turn is held by the one that changes what is in force.
	turn chan struct{}

	stopping context.Context // ends with Stop
	stop     context.CancelCauseFunc
	commit   sync.Mutex // held while a change is made, after it was prepared

	mu          sync.Mutex
	subscribers []subscription
	next        *flight // a reload that has not begun
	trial       *trial  // of what is in force; nil once it is over
	good        *Snapshot
	sealed      bool
	trouble     error
}

// Option changes how a Store works.
type Option func(*options)

type options struct {
	history  *history.History
	fallback func(now, lastGood *Snapshot) bool
	confirm  func(ctx context.Context, old, new *Snapshot) error
	reverted func(*Outcome, error)
	remark   func(next *Snapshot, change *entry.Change)
	timeout  time.Duration
}

// reloadTimeout bounds a reload, unless WithTimeout does.
const reloadTimeout = time.Minute

// WithHistory keeps each version that was in force. What can't be kept is told
// as a warning of the outcome, and is in force all the same.
func WithHistory(h *history.History) Option { return func(o *options) { o.history = h } }

// WithFallback lets a start with a bad configuration use the last good version of
// the history, if allowed says so. now is what can be read of the bad one: what is
// wrong has its default in it. Without it such a start fails.
func WithFallback(allowed func(now, lastGood *Snapshot) bool) Option {
	return func(o *options) { o.fallback = allowed }
}

// WithConfirm puts each new configuration on trial. confirm is called once it is
// in force, and waits as long as the trial lasts; its error takes the last good
// configuration back, and reverted is told the outcome of that with the reason,
// or why even that failed. The next change ends the trial before its time: the
// context of confirm ends, and what it returns does not count.
func WithConfirm(confirm func(ctx context.Context, old, new *Snapshot) error, reverted func(*Outcome, error)) Option {
	return func(o *options) { o.confirm, o.reverted = confirm, reverted }
}

// WithRemarks has remark look at each change before subscribers commit it: it notes what
// the schema does not know, that one needs a restart or that something overrules it.
func WithRemarks(remark func(next *Snapshot, change *entry.Change)) Option {
	return func(o *options) { o.remark = remark }
}

// WithTimeout bounds a reload, subscribers included. Default: 1 minute.
func WithTimeout(limit time.Duration) Option { return func(o *options) { o.timeout = limit } }

// Open loads the first configuration. It is in force at once.
//
// While the schema is open, this is the beginning: sections may be added, nothing
// is kept, and mistakes do not fail it but are in Trouble, so that all of them
// can be told together by Seal. With a closed schema, Open seals the store.
func Open(ctx context.Context, loader *Loader, list ...Option) (*Store, error) {
	s := &Store{loader: loader, turn: make(chan struct{}, 1)}
	s.stopping, s.stop = context.WithCancelCause(context.Background())
	s.timeout = reloadTimeout
	for _, set := range list {
		set(&s.options)
	}
	if !loader.Schema.IsOpen() {
		return s, s.Seal(ctx)
	}
	return s, s.begin(ctx)
}

// AddSection adds a section to the schema and reads everything again, so that
// the section is there at once. It must not be called concurrently, nor after Seal.
func (s *Store) AddSection(ctx context.Context, name string, prototype any) error {
	if s.isSealed() {
		return fmt.Errorf("config: section %q: sections are added before the configuration is complete", name)
	}
	if err := s.loader.Schema.AddSection(name, prototype); err != nil {
		return err
	}
	return s.begin(ctx)
}

// Seal closes the schema, reads everything strictly, and begins the history of
// this process. The error is that of Loader.Load.
func (s *Store) Seal(ctx context.Context) error {
	s.loader.Schema.Close()
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
	s.good = s.current.Load()
	return nil
}

func (s *Store) isSealed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealed
}

// Current is the configuration in force: one atomic read.
func (s *Store) Current() *Snapshot { return s.current.Load() }

// Trouble is why something else is in force than what the sources say: their
// mistakes, after a start with the last good version, or before Seal. It is nil
// when all is well, and after the next change.
func (s *Store) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

// IsWhole reports whether what is in force is a configuration that was found good.
// Before Seal it may be what could be read of a bad one.
func (s *Store) IsWhole() bool {
	return s.Current().Version > 0 || len(document.Mistakes(s.Trouble())) == 0
}

// Confirm notes that the service is well with the configuration that it started
// with: it is the last good version from now on.
func (s *Store) Confirm() error {
	if s.history == nil {
		return nil
	}
	return s.history.MarkGood(s.Current().Version)
}

// Subscribe adds a subscriber for the changes to come. Its name stands in errors.
func (s *Store) Subscribe(name string, subscriber Subscriber) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscribers = append(s.subscribers, subscription{name, subscriber})
}

// Close ends a trial, which leaves in force what is. It waits for a change that
// goes on.
func (s *Store) Close() {
	s.supersede(errors.New("the service stops"))
	s.turn <- struct{}{}
	<-s.turn
}

// Stop leaves in force what is, for good: later changes are refused with why. A change
// that is being made is awaited; one that is only prepared is broken off, and not waited
// for, so that nobody who prepares slowly can hold up the end of a service.
func (s *Store) Stop(why error) {
	s.supersede(why)
	s.stop(why)
	s.commit.Lock()
	s.commit.Unlock() //nolint:staticcheck // an empty critical section is the wait
}
