//go:build unix

package lifecycle

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// recorder keeps the states a Machine goes through.
type recorder struct {
	mu     sync.Mutex
	states []State
	seen   chan State
}

func newRecorder() *recorder { return &recorder{seen: make(chan State, 1024)} }

func (r *recorder) changed(_, s State) {
	r.mu.Lock()
	r.states = append(r.states, s)
	r.mu.Unlock()
	r.seen <- s
}

func (r *recorder) await(t *testing.T, want State) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case s := <-r.seen:
			if s == want {
				return
			}
		case <-timeout:
			t.Fatalf("never became %s; states so far: %v", want, r.states)
		}
	}
}

func nothing(context.Context) error { return nil }

func raise(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, m *Machine) <-chan error {
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return done
}

func result(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("Run did not return")
		return nil
	}
}

func TestLifeGoesThroughItsStatesInOrder(t *testing.T) {
	r := newRecorder()
	var m *Machine
	m = New(Actions{Start: nothing, Drain: nothing, Changed: r.changed,
		Reload: func(string) { _ = m.Reload(context.Background(), nothing) }})
	done := run(context.Background(), m)
	r.await(t, Ready)
	_, ready := m.Stay()
	raise(t, syscall.SIGHUP)
	r.await(t, Reloading)
	r.await(t, Ready)
	if _, since := m.Stay(); !since.Equal(ready) {
		t.Errorf("ready since %v after a reload, want %v", since, ready)
	}
	raise(t, syscall.SIGTERM)
	if err := result(t, done); err != nil {
		t.Fatal(err)
	}
	want := []State{Ready, Reloading, Ready, Draining, Stopped}
	if !slices.Equal(r.states, want) {
		t.Errorf("states %v, want %v", r.states, want)
	}
}

func TestStartFailureIsReturnedAfterADrain(t *testing.T) {
	boom := errors.New("port in use")
	drained := false
	m := New(Actions{
		Start: func(context.Context) error { return boom },
		Drain: func(context.Context) error { drained = true; return nil },
	})
	if err := m.Run(context.Background()); !errors.Is(err, boom) {
		t.Errorf("error %v, want %v", err, boom)
	}
	if !drained {
		t.Error("what had been started was not drained")
	}
}

func TestSIGTERMDuringStartStopsWithoutFailure(t *testing.T) {
	started := make(chan struct{})
	m := New(Actions{
		Start: func(ctx context.Context) error { close(started); <-ctx.Done(); return ctx.Err() },
		Drain: nothing,
	})
	done := run(context.Background(), m)
	<-started
	raise(t, syscall.SIGTERM)
	if err := result(t, done); err != nil {
		t.Errorf("error %v, want none", err)
	}
}

func TestSecondSIGTERMHurriesTheDrain(t *testing.T) {
	r := newRecorder()
	m := New(Actions{Start: nothing, Changed: r.changed,
		Drain: func(ctx context.Context) error { <-ctx.Done(); return nil }})
	done := run(context.Background(), m)
	r.await(t, Ready)
	raise(t, syscall.SIGTERM)
	r.await(t, Draining)
	raise(t, syscall.SIGTERM)
	if err := result(t, done); err != nil {
		t.Error(err)
	}
}

func TestReloadStormIsCoalesced(t *testing.T) {
	r := newRecorder()
	var reloads atomic.Int32
	var m *Machine
	m = New(Actions{Start: nothing, Drain: nothing, Changed: r.changed,
		Reload: func(string) {
			_ = m.Reload(context.Background(), func(context.Context) error {
				reloads.Add(1)
				time.Sleep(20 * time.Millisecond)
				return nil
			})
		}})
	done := run(context.Background(), m)
	r.await(t, Ready)
	for range 1000 {
		raise(t, syscall.SIGHUP)
	}
	r.await(t, Reloading)
	time.Sleep(100 * time.Millisecond)
	m.Stop()
	if err := result(t, done); err != nil {
		t.Fatal(err)
	}
	if n := reloads.Load(); n < 1 || n > 50 {
		t.Errorf("1000 signals made %d reloads", n)
	}
}

func TestRequestsAreRefusedWhileStartingAndDraining(t *testing.T) {
	begin, end := make(chan struct{}), make(chan struct{})
	r := newRecorder()
	m := New(Actions{Changed: r.changed,
		Start: func(context.Context) error { <-begin; return nil },
		Drain: func(context.Context) error { <-end; return nil },
	})
	done := run(context.Background(), m)
	if err := m.Reload(context.Background(), nothing); !errors.Is(err, ErrStarting) {
		t.Errorf("while starting: %v", err)
	}
	close(begin)
	r.await(t, Ready)
	m.Stop()
	r.await(t, Draining)
	if err := m.Reload(context.Background(), nothing); !errors.Is(err, ErrDraining) {
		t.Errorf("while draining: %v", err)
	}
	if err := m.Upgrade(context.Background(), nothing); !errors.Is(err, ErrDraining) {
		t.Errorf("upgrade while draining: %v", err)
	}
	close(end)
	_ = result(t, done)
}

func TestUpgradeDrainsOnlyWhenTheSuccessorTookOver(t *testing.T) {
	r := newRecorder()
	broken := errors.New("successor exited")
	m := New(Actions{Start: nothing, Drain: nothing, Changed: r.changed})
	done := run(context.Background(), m)
	r.await(t, Ready)
	failing := func(context.Context) error { return broken }
	if err := m.Upgrade(context.Background(), failing); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if m.State() != Ready {
		t.Errorf("after a failed upgrade the state is %s", m.State())
	}
	if err := m.Upgrade(context.Background(), nothing); err != nil {
		t.Error(err)
	}
	if err := result(t, done); err != nil {
		t.Error(err)
	}
}

func TestUpgradeDuringUpgradeIsRefused(t *testing.T) {
	r := newRecorder()
	release := make(chan struct{})
	m := New(Actions{Start: nothing, Drain: nothing, Changed: r.changed})
	done := run(context.Background(), m)
	r.await(t, Ready)
	first := make(chan error, 1)
	slow := func(context.Context) error { <-release; return nil }
	go func() { first <- m.Upgrade(context.Background(), slow) }()
	r.await(t, Upgrading)
	if err := m.Upgrade(context.Background(), nothing); !errors.Is(err, ErrUpgrading) {
		t.Errorf("error %v, want %v", err, ErrUpgrading)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	_ = result(t, done)
}

func TestFailDrainsAndReturnsTheFailure(t *testing.T) {
	r := newRecorder()
	boom := errors.New("listener closed")
	m := New(Actions{Start: nothing, Drain: nothing, Changed: r.changed})
	done := run(context.Background(), m)
	r.await(t, Ready)
	if m.Failed() {
		t.Error("it has failed before")
	}
	m.Fail(boom)
	if err := result(t, done); !errors.Is(err, boom) || !m.Failed() {
		t.Errorf("error %v, want %v; failed: %v", err, boom, m.Failed())
	}
}

func TestSIGTERMBreaksAnUpgradeOff(t *testing.T) {
	r := newRecorder()
	m := New(Actions{Start: nothing, Drain: nothing, Changed: r.changed})
	done := run(context.Background(), m)
	r.await(t, Ready)
	upgrade := make(chan error, 1)
	endless := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	go func() { upgrade <- m.Upgrade(context.Background(), endless) }()
	r.await(t, Upgrading)
	raise(t, syscall.SIGTERM)
	if err := <-upgrade; !errors.Is(err, context.Canceled) {
		t.Errorf("upgrade: %v, want it cancelled", err)
	}
	if err := result(t, done); err != nil {
		t.Error(err)
	}
}
