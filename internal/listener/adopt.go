package listener

import (
	"fmt"
	"time"
)

// Adopt makes the listener with the connection's name return it from Accept, as
// if it had just been accepted; what had been read of its next request is read
// first. In a freeze it goes to the Keeper at once, and is served here only if
// there is no room for it. If there is an error, the connection is still the
// caller's to close.
func (s *Set) Adopt(p Parked) error {
	if keeper := s.keeper(); keeper != nil && keeper.Reserve() {
		keeper.Keep(p)
		return nil
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

func (s *Set) adopter(name string) (*Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		switch {
		case l.name != name:
		case l.unparked():
			return nil, fmt.Errorf("listener: %q no longer serves connections of a process before", name)
		default:
			return l, nil
		}
	}
	return nil, fmt.Errorf("listener: no listener %q for a connection that came by it", name)
}
