package listener

import (
	"fmt"
	"time"
)

// Adopt makes the listener with the connection's name return it from Accept, as
// if it had just been accepted; what had been read of its next request is read
// first. In a freeze the connection goes to the Keeper at once. If there is an
// error, the connection is still the caller's to close.
func (s *Set) Adopt(p Parked) error {
	if s.frozen() {
		return s.passOn(p)
	}
	l, err := s.adopter(p.Listener)
	if err != nil {
		return err
	}
	c := &Conn{raw: p.Conn, listener: l, accepted: p.Accepted, adopted: true, replay: p.Head}
	c.tuned.Store(p.Tuned)
	if c.boundary.used = p.Used; p.Used {
		c.clock = idleClock(time.Duration(s.idle.Load()))
	}
	s.track(c)
	if err := l.adopt(c); err != nil {
		s.forget(c)
		return fmt.Errorf("listener: %q: %w", l.name, err)
	}
	return nil
}

// passOn parks a connection that this process has no use for.
func (s *Set) passOn(p Parked) error {
	keeper := s.keeper()
	if keeper == nil || !keeper.Reserve() {
		return fmt.Errorf("listener: %q: no room for a connection during a freeze", p.Listener)
	}
	keeper.Keep(p)
	return nil
}

func (s *Set) adopter(name string) (*Listener, error) {
	named := s.Named(name)
	if len(named) == 0 {
		return nil, fmt.Errorf("listener: no listener %q for a connection that came by it", name)
	}
	if named[0].unparked() {
		return nil, fmt.Errorf("listener: %q no longer serves connections of a process before", name)
	}
	return named[0], nil
}
