package background

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Tasks are the background work of a service: started when it starts, told to
// end in its drain or for a successor, and awaited. Their methods may be called
// concurrently.
type Tasks struct {
	fail func(error) // stops the service

	mu      sync.Mutex
	waiting []task // until the next Start
	resting bool   // for a successor: what ends may have to be started again
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

type task struct {
	name string
	run  func(context.Context) error
}

// NewTasks returns Tasks without one. fail is told the error or the panic of one
// that ends before it was told to.
func NewTasks(fail func(error)) *Tasks { return &Tasks{fail: fail} }

// Add runs a task, or keeps it until Start.
func (t *Tasks) Add(name string, run func(context.Context) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil || t.resting {
		t.waiting = append(t.waiting, task{name, run})
		return
	}
	t.launch(task{name, run})
}

// Start runs what was added, and from now on what is. After a Rest it runs again what
// has ended by it.
func (t *Tasks) Start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resting = false
	t.ctx, t.cancel = context.WithCancel(context.Background())
	for _, waiting := range t.waiting {
		t.launch(waiting)
	}
	t.waiting = nil
}

// launch a task. t.mu is held.
func (t *Tasks) launch(work task) {
	ctx := t.ctx
	t.running.Go(func() {
		err := Protect(ctx, work.run)
		toldToEnd := ctx.Err() != nil && errors.Is(err, context.Canceled)
		if t.keep(ctx, work) || err == nil || toldToEnd {
			return
		}
		t.fail(fmt.Errorf("task %s: %w", work.name, err))
	})
}

// keep a task that has ended by a Rest, whatever its error, for the next Start, or
// start it again if that has been meanwhile.
func (t *Tasks) keep(ctx context.Context, work task) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case ctx.Err() == nil:
		return false
	case t.resting:
		t.waiting = append(t.waiting, work)
		return true
	case t.ctx != ctx:
		t.launch(work)
		return true
	}
	return false
}

// Rest tells all tasks to end, as Stop does, and keeps them: the next Start runs them
// again.
func (t *Tasks) Rest(ctx context.Context) error {
	t.mu.Lock()
	t.resting = true
	t.mu.Unlock()
	return t.end(ctx)
}

// Stop tells all tasks to end and waits for them until ctx ends.
func (t *Tasks) Stop(ctx context.Context) error {
	t.mu.Lock()
	t.resting, t.waiting = false, nil
	t.mu.Unlock()
	return t.end(ctx)
}

func (t *Tasks) end(ctx context.Context) error {
	t.mu.Lock()
	if t.cancel != nil {
		t.cancel()
	}
	t.mu.Unlock()
	done := make(chan struct{})
	go func() {
		t.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("background tasks did not end in time")
	}
}
