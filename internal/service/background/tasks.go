package background

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Tasks are the background work of a service: started when it starts, told to
// end in its drain, and awaited. Their methods may be called concurrently.
type Tasks struct {
	fail func(error) // stops the service

	mu      sync.Mutex
	waiting []task // added before Start
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
	if t.ctx == nil {
		t.waiting = append(t.waiting, task{name, run})
		return
	}
	t.launch(task{name, run})
}

// Start runs what was added, and from now on what is.
func (t *Tasks) Start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ctx, t.cancel = context.WithCancel(context.Background())
	for _, waiting := range t.waiting {
		t.launch(waiting)
	}
	t.waiting = nil
}

func (t *Tasks) launch(work task) {
	t.running.Go(func() {
		err := Protect(t.ctx, work.run)
		toldToEnd := t.ctx.Err() != nil && errors.Is(err, context.Canceled)
		if err != nil && !toldToEnd {
			t.fail(fmt.Errorf("task %s: %w", work.name, err))
		}
	})
}

// Stop tells all tasks to end and waits for them until ctx ends.
func (t *Tasks) Stop(ctx context.Context) error {
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
