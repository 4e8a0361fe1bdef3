package config

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/schema"
)

// flight is a reload that several callers may wait for.
type flight struct {
	who     []string
	callers int
	done    chan struct{}
	outcome *Outcome
	err     error
}

// Reload reads everything again. Either the new configuration is in force with
// all subscribers when it returns, or there is an error and nothing has changed.
//
// Reloads come one after another. Callers that arrive while one goes on share the
// next one, so that a storm of them costs two. A caller whose ctx ends no longer
// waits; the reload goes on for the others.
//
// While a rollback is pinned and the sources say what they said then, it stays in
// force, and the outcome has no changes.
func (s *Store) Reload(ctx context.Context, who string) (*Outcome, error) {
	f := s.join(context.WithoutCancel(ctx), who)
	select {
	case <-f.done:
		return f.outcome, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("config: reload: %w", context.Cause(ctx))
	}
}

// join the reload that has not begun yet, or plan one.
func (s *Store) join(ctx context.Context, who string) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	planned := s.next
	if planned == nil {
		planned = &flight{done: make(chan struct{})}
		s.next = planned
		go s.fly(ctx, planned)
	}
	planned.callers++
	if !slices.Contains(planned.who, who) && len(planned.who) < maxNamed {
		planned.who = append(planned.who, who)
	}
	return planned
}

// maxNamed is how many callers of one reload are named.
const maxNamed = 4

func (s *Store) fly(ctx context.Context, f *flight) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	s.next = nil // who comes now has changed something that this one may not see
	who := strings.Join(f.who, ", ")
	s.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("the reload took longer than %s", schema.FormatDuration(s.timeout)))
	defer cancel()
	defer close(f.done)
	f.err = protected(func() (err error) {
		f.outcome, err = s.reload(ctx, who)
		return err
	})
}

func (s *Store) reload(ctx context.Context, who string) (*Outcome, error) {
	result, err := s.loader.load(ctx)
	if err != nil {
		return nil, err
	}
	next, unpinned := s.pinned(result)
	if next == nil {
		if next, err = result.result(); err != nil {
			return nil, err
		}
	}
	o, err := s.transact(ctx, next, intent{who: who})
	if err != nil {
		return nil, err
	}
	o.warn(unpinned)
	return o, nil
}
