package supervise

import (
	"context"
	"errors"
	"fmt"

	"github.com/gind/gind/internal/supervise/sockets"
)

// Change is a new set of programs of which all is known to be there: their files and
// directories, and their sockets, which are open. [Change.Apply] or [Change.Discard] is to follow.
type Change struct {
	supervisor *Supervisor
	plans      map[string]*plan
	added      map[string]*program // which are not started
	kept, gone []*program
}

// Reload is [Supervisor.Prepare] and [Change.Apply].
func (s *Supervisor) Reload(ctx context.Context, specs ...Spec) error {
	change, err := s.Prepare(ctx, specs...)
	if err != nil {
		return err
	}
	return change.Apply(ctx)
}

// Prepare does everything that can fail of having these programs in place of those that
// there are, and stops none. The error names all that is wrong. One change at a time.
func (s *Supervisor) Prepare(ctx context.Context, specs ...Spec) (*Change, error) {
	plans, err := newPlans(specs)
	if err != nil {
		return nil, err
	}
	if err := s.wantAll(plans); err != nil {
		return nil, err
	}
	c, err := s.newChange(plans)
	if err != nil {
		return nil, err
	}
	for _, p := range c.kept {
		p.awaitLeft(ctx)
	}
	if err := c.openSockets(); err != nil {
		c.Discard()
		return nil, err
	}
	return c, nil
}

// wantAll wants everything there that the plans need.
func (s *Supervisor) wantAll(plans map[string]*plan) error {
	var wrong []error
	for name, plan := range plans {
		for _, m := range s.missing(plan) {
			wrong = append(wrong, fmt.Errorf("supervise: program %q: %w", name, m))
		}
	}
	return errors.Join(wrong...)
}

func (s *Supervisor) newChange(plans map[string]*plan) (*Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, ErrStopped
	}
	c := &Change{supervisor: s, plans: plans, added: map[string]*program{}}
	for name, p := range s.programs {
		if plans[name] == nil {
			c.gone = append(c.gone, p)
		} else {
			c.kept = append(c.kept, p)
		}
	}
	for name, plan := range plans {
		if s.programs[name] == nil {
			c.added[name] = s.add(plan)
		}
	}
	return c, nil
}

// openSockets opens those that are not there yet. What one program lets go of another
// one takes as it is, or its address would be in use.
func (c *Change) openSockets() error {
	spare := map[string]sockets.Socket{}
	defer func() { sockets.CloseAll(spare) }()
	var wrong []error
	for _, p := range c.gone {
		wrong = append(wrong, p.named(p.inLoop(func() error { return p.sockets.Spare(nil, spare) })))
	}
	for _, p := range c.kept {
		wanted := c.plans[p.name].wanted()
		wrong = append(wrong, p.named(p.inLoop(func() error { return p.sockets.Spare(wanted, spare) })))
	}
	for _, p := range c.kept {
		wrong = append(wrong, p.named(p.inLoop(func() error { return p.prepare(c.plans[p.name], spare) })))
	}
	for _, p := range c.added {
		wrong = append(wrong, p.named(p.inLoop(func() error { return p.sockets.Prepare(p.plan.wanted(), spare) })))
	}
	return errors.Join(wrong...)
}

// prepare opens the sockets of a plan to come, if it can be taken in now.
func (p *program) prepare(plan *plan, spare map[string]sockets.Socket) error {
	switch {
	case p.stopping:
		return errStopped
	case p.halting:
		return errStopping
	case p.has(plan) && p.current != nil:
		return nil
	case p.next != nil:
		return errReplacing
	}
	return p.sockets.Prepare(plan.wanted(), spare)
}

// Discard leaves everything as it was.
func (c *Change) Discard() {
	for _, p := range c.kept {
		p.do(p.sockets.Forget)
	}
	for _, p := range c.added {
		p.stop()
	}
}

// Apply makes the programs those of the change: new ones are started, others stopped,
// changed ones replaced or, where they have no sockets of ours, stopped and started; all
// others go on, and are resumed if they were down.
//
// It returns when the changed programs are ready, with what went wrong; a replacement
// that fails leaves the program as it was. When ctx ends it no longer waits.
func (c *Change) Apply(ctx context.Context) error {
	if !c.takeIn() {
		c.Discard()
		return ErrStopped
	}
	for _, p := range c.gone {
		p.stop()
	}
	var names []string
	for name := range c.plans {
		names = append(names, name)
	}
	err := c.supervisor.each(names, func(p *program) error {
		return p.asked(ctx, func(reply chan<- error) {
			if c.added[p.name] == p {
				p.waiting = append(p.waiting, reply)
				p.start()
				return
			}
			p.reload(c.plans[p.name], reply)
		})
	})
	for _, p := range c.kept {
		p.do(p.sockets.Forget)
	}
	return err
}

// takeIn makes the change the supervisor's, unless that is stopping.
func (c *Change) takeIn() bool {
	s := c.supervisor
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	for _, p := range c.gone {
		delete(s.programs, p.name)
	}
	s.gone = append(s.gone, c.gone...)
	for name, p := range c.added {
		s.programs[name] = p
	}
	return true
}

// inLoop has the program's loop do something that can fail.
func (p *program) inLoop(f func() error) (err error) {
	if !p.do(func() { err = f() }) {
		return errStopped
	}
	return err
}

// named is err with the program's name.
func (p *program) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("supervise: program %q: %w", p.name, err)
}
