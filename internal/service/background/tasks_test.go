package background

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// failures are what Tasks told of.
func failures() (fail func(error), told chan error) {
	told = make(chan error, 10)
	return func(err error) { told <- err }, told
}

func TestAPanicOfATaskIsTheServicesFailure(t *testing.T) {
	fail, told := failures()
	tasks := NewTasks(fail)
	tasks.Add("mailer", func(context.Context) error { panic("no letters") })
	tasks.Start()
	if err := <-told; err == nil || err.Error() != "task mailer: panic: no letters" {
		t.Errorf("told of %v", err)
	}
	if err := tasks.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestATaskRunsFromTheStartOnAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := NewTasks(func(err error) { t.Error(err) })
		var running atomic.Int32
		work := func(ctx context.Context) error {
			running.Add(1)
			<-ctx.Done()
			return ctx.Err()
		}
		tasks.Add("early", work)
		synctest.Wait()
		if running.Load() != 0 {
			t.Error("it runs before the start")
		}
		tasks.Start()
		synctest.Wait()
		tasks.Add("late", work)
		synctest.Wait()
		if running.Load() != 2 {
			t.Errorf("%d tasks run, want one from before the start and one from after it", running.Load())
		}
		if err := tasks.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestATaskThatEndsBeforeItIsToldToFailsWithItsError: even with the error that it
// would have in the drain.
func TestATaskThatEndsBeforeItIsToldToFailsWithItsError(t *testing.T) {
	for _, reason := range []error{errors.New("no work"), context.Canceled} {
		fail, told := failures()
		tasks := NewTasks(fail)
		tasks.Add("worker", func(context.Context) error { return reason })
		tasks.Start()
		if err := <-told; !errors.Is(err, reason) || !strings.Contains(err.Error(), "task worker") {
			t.Errorf("told of %v, want %v", err, reason)
		}
	}
}

func TestStopWaitsForTheTasksAndNoLongerThanItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := NewTasks(func(err error) { t.Error(err) })
		tasks.Add("deaf", func(context.Context) error {
			time.Sleep(time.Minute)
			return nil
		})
		tasks.Start()
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := tasks.Stop(ctx); err == nil || time.Since(begun) != 5*time.Second {
			t.Errorf("stopped after %v with %v", time.Since(begun), err)
		}
		if err := tasks.Stop(t.Context()); err != nil || time.Since(begun) != time.Minute {
			t.Errorf("stopped after %v with %v", time.Since(begun), err)
		}
	})
}

// TestTasksRestForASuccessorAndRunAgainIfThereIsNone: also one that took its time to
// end, and one that was added meanwhile; not one that had ended by itself.
func TestTasksRestForASuccessorAndRunAgainIfThereIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := NewTasks(func(err error) { t.Error(err) })
		var running, begun atomic.Int32
		var drains atomic.Bool
		work := func(takes time.Duration) func(context.Context) error {
			return func(ctx context.Context) error {
				begun.Add(1)
				running.Add(1)
				defer running.Add(-1)
				<-ctx.Done()
				time.Sleep(takes)
				if drains.Load() {
					return ctx.Err()
				}
				return errors.New("told to end")
			}
		}
		tasks.Add("quick", work(0))
		tasks.Add("slow", work(time.Minute))
		tasks.Add("once", func(context.Context) error { begun.Add(1); return nil })
		tasks.Start()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := tasks.Rest(ctx); err == nil || running.Load() != 1 {
			t.Errorf("%d tasks run, error %v", running.Load(), err)
		}
		tasks.Add("late", work(0))
		synctest.Wait()
		if running.Load() != 1 {
			t.Errorf("%d tasks run while they rest", running.Load())
		}
		tasks.Start()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if running.Load() != 3 || begun.Load() != 6 {
			t.Errorf("%d tasks run and %d were begun, want 3 and 6", running.Load(), begun.Load())
		}
		drains.Store(true)
		if err := tasks.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		tasks := NewTasks(func(err error) { t.Error(err) })
		var begun atomic.Int32
		tasks.Add("worker", func(ctx context.Context) error { begun.Add(1); <-ctx.Done(); return ctx.Err() })
		tasks.Start()
		synctest.Wait()
		if err := errors.Join(tasks.Rest(t.Context()), tasks.Stop(t.Context())); err != nil || begun.Load() != 1 {
			t.Errorf("begun %d times, error %v", begun.Load(), err)
		}
	})
}

// TestATaskThatIsAddedInTheDrainIsToldToEndAtOnce, and may be added while Stop waits.
func TestATaskThatIsAddedInTheDrainIsToldToEndAtOnce(t *testing.T) {
	tasks := NewTasks(func(err error) { t.Error(err) })
	tasks.Start()
	stopped := make(chan error)
	go func() { stopped <- tasks.Stop(context.Background()) }()
	ended := make(chan error, 100)
	for range cap(ended) {
		tasks.Add("late", func(ctx context.Context) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a late task ended with %v", err)
		}
	}
}
