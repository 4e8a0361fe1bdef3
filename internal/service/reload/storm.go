package reload

import (
	"sync"

	"github.com/gind/gind/internal/config"
)

// storm makes many calls for a reload few: those that come while one goes on
// share the next.
type storm struct {
	mu   sync.Mutex
	next *shared // has not begun yet; nil if nobody waits for one
}

// shared is a reload that several callers wait for.
type shared struct {
	done    chan struct{}
	outcome *config.Outcome
	err     error
}

// join waits for the next reload, and runs it if nobody does. run calls begun
// once it is about to read the config: who comes later may have changed something
// that it does not see.
func (s *storm) join(run func(begun func()) (*config.Outcome, error)) (*config.Outcome, error) {
	s.mu.Lock()
	one, first := s.next, s.next == nil
	if first {
		one = &shared{done: make(chan struct{})}
		s.next = one
	}
	s.mu.Unlock()
	if !first {
		<-one.done
		return one.outcome, one.err
	}
	begun := sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.next = nil
	})
	defer close(one.done)
	defer begun()
	one.outcome, one.err = run(begun)
	return one.outcome, one.err
}
