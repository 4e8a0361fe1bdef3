package serving

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/wiring"
)

// relisten is the way from one set of listeners to another.
type relisten struct {
	serving       *Serving
	before, after map[string]settings.Listener
	opened        []*listener.Listener // bound, and not accepting yet
	retired       []*listener.Listener
}

// Stage binds the listeners that a reload adds or gives another address. With
// Commit they accept, and those that they replace end; what these have accepted is
// served on.
func (s *Serving) Stage(before, after map[string]settings.Listener) (config.Prepared, error) {
	r := &relisten{serving: s, before: before, after: after}
	if err := r.check(); err != nil {
		return nil, err
	}
	for _, l := range s.Requests() {
		if _, stays := r.after[l.Name()]; !stays || r.opens(l.Name()) {
			r.retired = append(r.retired, l)
		}
	}
	if err := r.open(); err != nil {
		r.Rollback()
		return nil, err
	}
	return r, nil
}

func (r *relisten) open() error {
	for _, name := range slices.Sorted(maps.Keys(r.after)) {
		if !r.opens(name) {
			continue
		}
		l, err := r.serving.Listeners.Open(wiring.Listener(name, r.after[name]))
		if err != nil {
			return err
		}
		r.opened = append(r.opened, l)
	}
	return nil
}

// Commit implements config.Prepared. It can't fail, nor can what comes after it:
// a listener that has ended could not be had back.
func (r *relisten) Commit() error {
	for _, l := range r.opened {
		r.serving.accept(l, r.serving.TLS(l.Name()))
	}
	for _, l := range r.retired {
		l.Retire()
	}
	return nil
}

// Rollback implements config.Prepared.
func (r *relisten) Rollback() {
	for _, l := range r.opened {
		_ = l.Close()
	}
}

// opens reports whether a listener has to be bound: it is new, or has another
// address and a socket of gind's own. The address does not count where systemd
// passes the socket.
func (r *relisten) opens(name string) bool {
	was, known := r.before[name]
	return !known || was.Address != r.after[name].Address && !r.isActivated(name)
}

func (r *relisten) isActivated(name string) bool {
	return slices.ContainsFunc(r.serving.Listeners.Named(name), (*listener.Listener).Activated)
}

// check refuses what only a restart can do.
func (r *relisten) check() error {
	var refused []error
	for _, name := range slices.Sorted(maps.Keys(r.before)) {
		was := r.before[name]
		now, stays := r.after[name]
		switch {
		case !stays && r.isActivated(name):
			refused = append(refused, fmt.Errorf("listener %s: its socket is systemd's: take it out of the socket unit, and restart", name))
		case stays && !r.opens(name) && (was.Certificate == "") != (now.Certificate == ""):
			refused = append(refused, fmt.Errorf("listener %s: TLS is turned on or off by a restart", name))
		}
	}
	return errors.Join(refused...)
}
