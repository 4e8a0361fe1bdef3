package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"

	"github.com/gind/gind/internal/supervise/notify"
)

// leaveTime is how long an order waits for a process that was replaced before,
// looking each leavePause.
const (
	leaveTime  = 5 * time.Second
	leavePause = 20 * time.Millisecond
)

// Status is what is known of each program, in the order of their names.
func (s *Supervisor) Status() []Status {
	var all []Status
	for _, p := range s.all() {
		all = append(all, p.status())
	}
	return all
}

// Stop stops every program with its own signal and grace. It returns at once;
// Run returns when it is done.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	longest := time.Duration(0)
	for _, p := range s.all() {
		p.stop()
		longest = max(longest, p.grace())
	}
	s.relay(notify.Message{Extend: longest + afterGrace})
}

// Kill ends every program that was told to stop at once.
func (s *Supervisor) Kill() {
	for _, p := range s.all() {
		p.kill()
	}
}

// Signal passes a signal on to the programs themselves.
func (s *Supervisor) Signal(sig os.Signal) {
	for _, p := range s.all() {
		p.signal(sig)
	}
}

// Resume starts programs again that are down, and forgets their crashes.
// Without names it means those that are down against their will.
func (s *Supervisor) Resume(names ...string) error {
	return s.each(names, func(p *program) (err error) {
		resume := func() {
			if len(names) > 0 || p.state != Stopped {
				err = p.resume()
			}
		}
		if !p.do(resume) {
			return errStopped
		}
		return err
	})
}

// Halt stops programs, with the signal and the grace of each, until they are
// resumed, and returns when they have ended; Run goes on, though none may be left that
// runs. When ctx ends it no longer waits.
func (s *Supervisor) Halt(ctx context.Context, names ...string) error {
	return s.each(names, func(p *program) error { return p.asked(ctx, p.halt) })
}

// Replace has each of the programs take the place of itself: a new process is
// started beside the old one, with the same sockets, and once it is ready the
// old one is stopped. Without names it means all programs, at the same time.
//
// It returns when the new processes are in service, or with what was wrong; the
// old process then goes on. When ctx ends it no longer waits, but the
// replacement goes on.
func (s *Supervisor) Replace(ctx context.Context, names ...string) error {
	return s.each(names, func(p *program) error {
		p.awaitLeft(ctx)
		return p.asked(ctx, func(reply chan<- error) { p.replace(p.plan, reply) })
	})
}

// awaitLeft waits a while for the processes that were replaced: while one is
// there, the next replacement has to share its sockets.
func (p *program) awaitLeft(ctx context.Context) {
	for deadline := time.Now().Add(leaveTime); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(leavePause) {
		left := true
		p.do(func() { left = len(p.leaving) == 0 })
		if left {
			return
		}
	}
}

// WithoutSockets are those of the programs whose connections gind does not keep, so that
// a replacement may lose some. Without names it means all programs.
func (s *Supervisor) WithoutSockets(names ...string) (without []string) {
	for _, p := range s.all() {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		p.do(func() {
			if len(p.plan.Sockets) == 0 {
				without = append(without, p.name)
			}
		})
	}
	return without
}

// asked has the loop begin something and waits for the reply.
func (p *program) asked(ctx context.Context, begin func(reply chan<- error)) error {
	reply := make(chan error, 1)
	if !p.do(func() { begin(reply) }) {
		return errStopped
	}
	select {
	case err := <-reply:
		p.do(func() {}) // what led to the reply can be seen by then
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// each does something to all programs of those names at the same time.
func (s *Supervisor) each(names []string, do func(*program) error) error {
	var chosen []*program
	for _, p := range s.all() {
		if len(names) == 0 || slices.Contains(names, p.name) {
			chosen = append(chosen, p)
		}
	}
	var failed []error
	for _, name := range names {
		if !slices.ContainsFunc(chosen, func(p *program) bool { return p.name == name }) {
			failed = append(failed, fmt.Errorf("supervise: program %q: %w", name, ErrUnknown))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	failed = make([]error, len(chosen))
	var doing sync.WaitGroup
	for i, p := range chosen {
		doing.Go(func() {
			failed[i] = p.named(do(p))
		})
	}
	doing.Wait()
	return errors.Join(failed...)
}

// HandleSignals has signals to this process do what an init does with them,
// until release is called:
//
//	SIGTERM, SIGINT            stop; a second one kills
//	SIGQUIT                    passed on; a program that it ends stays down, one that goes on goes on
//	SIGHUP                     reload; where that is nil, passed on, and resume
//	SIGUSR1, USR2, WINCH, CONT passed on
func (s *Supervisor) HandleSignals(reload func()) (release func()) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, slices.Concat(stopSignals, quitSignals, hangupSignals, forwardSignals)...)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				s.handle(sig, reload)
			case <-done:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(signals)
		close(done)
	})
}

func (s *Supervisor) handle(sig os.Signal, reload func()) {
	s.mu.Lock()
	stopped := s.stopped
	s.mu.Unlock()
	switch {
	case slices.Contains(stopSignals, sig) && stopped:
		s.Kill()
	case slices.Contains(stopSignals, sig):
		s.Stop()
	case slices.Contains(quitSignals, sig):
		for _, p := range s.all() {
			p.quit(sig)
		}
	case slices.Contains(hangupSignals, sig) && reload != nil:
		go reload()
	case slices.Contains(hangupSignals, sig):
		s.Signal(sig)
		_ = s.Resume() // whoever has nothing to reload resumes
	default:
		s.Signal(sig)
	}
}
