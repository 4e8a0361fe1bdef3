package winsvc

import (
	"context"
	"io"
	"sync"
	"time"
)

const (
	// startHint is what a service gets that has not begun to say how far it is.
	startHint = 30 * time.Second
	// extension is what ExtendWhile asks for at a time. It asks again after a third of it.
	extension = 15 * time.Second
)

// Status is what the service manager is told.
type Status struct {
	State State
	// CheckPoint grows while a start or a drain makes progress, and the next one comes
	// within WaitHint. Both are zero in the other states.
	CheckPoint uint32
	WaitHint   time.Duration
}

// Service is this process, as a service of the service manager that has started it.
// Its methods may be called concurrently, and of nil do nothing: nobody is to be told.
type Service struct {
	// Name that the service is installed under.
	Name string
	// Errors takes what nobody sees on a standard error, a text a call.
	Errors io.Writer

	mu      sync.Mutex
	status  Status
	changed chan struct{} // capacity one: the newest status counts
	reloads chan struct{} // capacity one, as a storm is one more reload
	reopens chan struct{} // capacity one
}

// Orders are what controls ask for.
type Orders struct {
	Reload func(who string)
	Reopen func() error
	// Failed is told why log files were not opened again.
	Failed func(error)
}

func newService(name string, errors io.Writer) *Service {
	return &Service{
		Name: name, Errors: errors,
		status:  Status{State: StartPending, CheckPoint: 1, WaitHint: startHint},
		changed: make(chan struct{}, 1), reloads: make(chan struct{}, 1), reopens: make(chan struct{}, 1),
	}
}

// converse runs serve, tells the service manager each status and does what it asks, until
// serve ends. Its context ends when the service has to stop.
func (s *Service) converse(ctx context.Context, controls <-chan Control, tell func(Status), serve func(context.Context) int) int {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan int, 1)
	go func() { ended <- serve(ctx) }()
	tell(s.now())
	for {
		select {
		case <-s.changed:
			tell(s.now())
		case c := <-controls:
			s.take(c, stop)
			tell(s.now())
		case status := <-ended:
			s.set(func(now *Status) { *now = Status{State: Stopped} })
			return status // which goes with the last word to the service manager
		}
	}
}

// take a control. It does not wait for what is done about it.
func (s *Service) take(c Control, stop func()) {
	switch actionOf(s.now().State, c) {
	case drain:
		s.Stopping()
		stop()
	case reload:
		offer(s.reloads)
	case reopen:
		offer(s.reopens)
	}
}

// Run does what controls ask for, one after another, until ctx ends.
func (s *Service) Run(ctx context.Context, o Orders) {
	if s == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.reloads:
			o.Reload("the service manager")
		case <-s.reopens:
			if err := o.Reopen(); err != nil {
				o.Failed(err)
			}
		}
	}
}

// Ready says that the service has started. It may be said again.
func (s *Service) Ready() {
	if s == nil {
		return
	}
	s.set(func(now *Status) {
		if now.State == StartPending {
			*now = Status{State: Running}
		}
	})
}

// Stopping says that the drain has begun.
func (s *Service) Stopping() {
	if s == nil {
		return
	}
	s.set(func(now *Status) {
		if now.State == StartPending || now.State == Running {
			*now = Status{State: StopPending, CheckPoint: 1, WaitHint: extension}
		}
	})
}

// ExtendWhile runs f, a start or a drain that may be slow, and meanwhile shows progress:
// for limit at most, so that who waits for one that hangs gives up.
func (s *Service) ExtendWhile(limit time.Duration, f func() error) error {
	if s == nil {
		return f()
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	var progress sync.WaitGroup
	progress.Go(func() { s.progress(ctx) })
	defer progress.Wait()
	defer cancel()
	return f()
}

func (s *Service) progress(ctx context.Context) {
	tick := time.NewTicker(extension / 3)
	defer tick.Stop()
	for {
		s.set(func(now *Status) {
			if now.State == StartPending || now.State == StopPending {
				now.CheckPoint++
				now.WaitHint = extension
			}
		})
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Service) now() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Service) set(change func(*Status)) {
	s.mu.Lock()
	before := s.status
	change(&s.status)
	same := s.status == before
	s.mu.Unlock()
	if !same {
		offer(s.changed)
	}
}

func offer(queue chan struct{}) {
	select {
	case queue <- struct{}{}:
	default: // one is already waiting, and it will see what this one would
	}
}
