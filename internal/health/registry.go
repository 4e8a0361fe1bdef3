package health

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a [Registry].
type Options struct {
	// OnChange, when set, is called each time a verdict changes, and when the
	// first run of a check fails; never for a check that keeps its verdict. It
	// is called from the goroutine of the check, one call at a time for each
	// check, and must not block.
	OnChange func(Verdict)
}

// Registry holds the checks of a service and their verdicts. All methods may
// be called concurrently.
type Registry struct {
	onChange func(Verdict)

	mu      sync.Mutex
	states  []*state
	ctx     context.Context // of Run; nil before it
	loops   sync.WaitGroup
	changed chan struct{} // closed and replaced with every result
	hurry   chan struct{} // closed and replaced by RunNow

	draining time.Time // zero unless draining
	now      atomic.Pointer[snapshot]
}

// New returns a Registry without checks: alive and ready.
func New(o Options) *Registry {
	r := &Registry{onChange: o.OnChange, changed: make(chan struct{}), hurry: make(chan struct{})}
	if r.onChange == nil {
		r.onChange = func(Verdict) {}
	}
	r.now.Store(&snapshot{})
	return r
}

// Add registers a check. While [Registry.Run] runs the check starts at once,
// else with Run. A name that is taken or malformed, a missing probe and
// negative numbers are errors.
func (r *Registry) Add(c Check) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := vacant(r.states, c.Name); err != nil {
		return err
	}
	s := newState(c, time.Now())
	r.states = append(r.states, s)
	r.publish()
	r.start(s)
	return nil
}

func vacant(states []*state, name string) error {
	if slices.ContainsFunc(states, func(s *state) bool { return s.check.Name == name }) {
		return &TakenError{Name: name}
	}
	return nil
}

// TakenError says that there is a check of that name already.
type TakenError struct{ Name string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("health: check %q: there is one of that name already", e.Name)
}

// Run runs every check on its own schedule until ctx is done, then waits for
// their goroutines, but not for a probe that ignores its context. It is called
// once.
func (r *Registry) Run(ctx context.Context) {
	r.mu.Lock()
	r.ctx = ctx
	for _, s := range r.states {
		r.start(s)
	}
	r.mu.Unlock()

	<-ctx.Done()
	r.loops.Wait()
}

// RunNow has every check run at once instead of when its interval is over, one
// that runs at the moment once more. It does not wait for the results.
func (r *Registry) RunNow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.hurry)
	r.hurry = make(chan struct{})
}

// hurried is closed by the next RunNow.
func (r *Registry) hurried() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hurry
}

// start begins the loop of one check, if checks run. r.mu is held.
func (r *Registry) start(s *state) {
	if r.ctx == nil || r.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(r.ctx)
	s.stop = cancel
	r.loops.Go(func() {
		defer cancel()
		r.loop(ctx, s)
	})
}

// record takes the result of one run in and tells whoever waits.
func (r *Registry) record(s *state, res result) {
	r.mu.Lock()
	changed := s.observe(res, time.Now()) && !s.removed
	if changed {
		s.verdict.Changes++
	}
	verdict := s.verdict
	r.publish()
	r.mu.Unlock()

	if changed {
		r.onChange(verdict)
	}
}

// publish makes the present verdicts those that everybody sees. r.mu is held.
func (r *Registry) publish() {
	r.now.Store(newSnapshot(r.states, r.draining))
	close(r.changed)
	r.changed = make(chan struct{})
}

// Drain makes the service not ready for good: a failed ready-verdict called
// "shutdown" joins the others. The checks go on.
func (r *Registry) Drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.draining.IsZero() {
		return
	}
	r.draining = time.Now()
	r.publish()
}

// Verdicts returns what is known of every check of the given kinds, or of all
// checks without one, in the order in which they were added.
func (r *Registry) Verdicts(kinds ...Kind) []Verdict {
	return r.now.Load().of(kinds)
}

// Healthy reports whether every check of the given kinds is OK, or without one
// every ready-check and every live-check.
func (r *Registry) Healthy(kinds ...Kind) bool {
	return r.now.Load().healthy(kinds)
}

// WaitReady waits until every ready-check has passed at least once, or ctx is
// done. Then the error is a [*NotReadyError].
func (r *Registry) WaitReady(ctx context.Context) error {
	for {
		pending, changed := r.pending()
		if len(pending) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &NotReadyError{Pending: pending, cause: context.Cause(ctx)}
		}
	}
}

// pending returns the ready-checks that never passed, and a channel that is
// closed when that may have changed.
func (r *Registry) pending() ([]Verdict, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var never []Verdict
	for _, s := range r.states {
		if s.check.Kind == Ready && !s.passed {
			never = append(never, s.verdict)
		}
	}
	return never, r.changed
}
