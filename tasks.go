package gind

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// tasks are the background work of a service: started when it starts, told to
// end in its drain, and awaited.
type tasks struct {
	fail func(error) // stops the service

	mu      sync.Mutex
	waiting []task // added before the service started
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

type task struct {
	name string
	run  func(context.Context) error
}

// add runs a task, or keeps it until start.
func (t *tasks) add(name string, run func(context.Context) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil {
		t.waiting = append(t.waiting, task{name, run})
		return
	}
	t.launch(task{name, run})
}

func (t *tasks) start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ctx, t.cancel = context.WithCancel(context.Background())
	for _, waiting := range t.waiting {
		t.launch(waiting)
	}
	t.waiting = nil
}

func (t *tasks) launch(work task) {
	t.running.Go(func() {
		err := protect(t.ctx, work.run)
		toldToEnd := t.ctx.Err() != nil && errors.Is(err, context.Canceled)
		if err != nil && !toldToEnd {
			t.fail(fmt.Errorf("task %s: %w", work.name, err))
		}
	})
}

// stop tells all tasks to end and waits for them until ctx ends.
func (t *tasks) stop(ctx context.Context) error {
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

// protect turns a panic of the application's code into an error with its stack.
func protect(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicError{cause: cause, stack: string(debug.Stack())}
		}
	}()
	return run(ctx)
}

// panicError is a panic in the application's code, outside of a request.
type panicError struct {
	cause any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.cause) }
