package health

import (
	"slices"
	"time"
)

// Swap takes checks out by their names and adds others, all of them or, with an
// error, none. An unknown name is not missed.
//
// While [Registry.Run] runs, a check with the name and the kind of one that was
// taken out goes on from its verdict, and any other is taken for well until its
// runs say otherwise: a service that is ready stays so. What a run that is under
// way finds for a check that was taken out counts no more.
func (r *Registry) Swap(remove []string, add []Check) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var stay, leave []*state
	for _, s := range r.states {
		if slices.Contains(remove, s.check.Name) {
			leave = append(leave, s)
		} else {
			stay = append(stay, s)
		}
	}
	added, err := r.newStates(stay, add)
	if err != nil {
		return err
	}
	for _, s := range leave {
		s.remove()
	}
	for _, s := range added {
		s.follow(leave, r.ctx != nil)
		r.start(s)
	}
	r.states = append(stay, added...)
	r.publish()
	return nil
}

// newStates of checks that are to stand beside others.
func (r *Registry) newStates(beside []*state, checks []Check) (added []*state, err error) {
	for _, c := range checks {
		if c, err = c.withDefaults(); err == nil {
			err = vacant(slices.Concat(beside, added), c.Name)
		}
		if err != nil {
			return nil, err
		}
		added = append(added, newState(c, time.Now()))
	}
	return added, nil
}

// remove ends the loop. The registry's lock is held.
func (s *state) remove() {
	s.removed = true
	if s.stop != nil {
		s.stop()
	}
}

// follow takes over from the state that s replaces, if there is one. While checks
// run, one without is taken for well.
func (s *state) follow(removed []*state, running bool) {
	for _, before := range removed {
		if before.check.Name == s.check.Name && before.check.Kind == s.check.Kind {
			s.verdict, s.judged, s.passed = before.verdict, before.judged, before.passed
			return
		}
	}
	if running {
		s.verdict.OK, s.verdict.Err = true, ""
	}
}
