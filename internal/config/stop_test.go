package config

import (
	"context"
	"errors"
	"testing"
)

// TestStopWaitsForNobodyWhoPrepares, deaf to its context as one may be, and nothing comes
// into force after it.
func TestStopWaitsForNobodyWhoPrepares(t *testing.T) {
	s := newService(t, workers(1))
	s.start()
	preparing, goOn := make(chan struct{}), make(chan struct{})
	s.Subscribe("slow", Staged(func(context.Context, *Snapshot, *Snapshot) (Prepared, error) {
		close(preparing)
		<-goOn
		return Step{Make: func() error { t.Error("it was made"); return nil }}, nil
	}))
	s.write(workers(2))
	refused := make(chan error, 1)
	go func() {
		_, err := s.Reload(context.Background(), "test")
		refused <- err
	}()
	<-preparing
	stopped := errors.New("the service stops")
	s.Stop(stopped)
	close(goOn)
	if err := <-refused; !errors.Is(err, stopped) {
		t.Errorf("the reload under way: %v, want %v", err, stopped)
	}
	s.is(1, 1)
	if _, err := s.Rollback(context.Background(), 1, "test"); err == nil {
		t.Error("a rollback after Stop was taken")
	}
}
