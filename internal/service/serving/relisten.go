package serving

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/config/document"
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

// Begin notes what is configured at the start.
func (s *Serving) Begin(now map[string]settings.Listener) { s.configured = now }

// Stage binds the listeners that a reload adds or gives another address. With
// Commit they accept, and those that they replace end; what these have accepted is
// served on. What only a restart can do stays as it is; see UntilRestart.
func (s *Serving) Stage(next map[string]settings.Listener) (config.Prepared, error) {
	r := &relisten{serving: s, before: s.configured, after: s.UntilRestart(next)}
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
	r.serving.configured = r.after
	return nil
}

// Rollback implements config.Prepared.
func (r *relisten) Rollback() {
	for _, l := range r.opened {
		_ = l.Close()
	}
	r.serving.configured = r.before
}

// opens reports whether a listener has to be bound: it is new, or has another
// address and a socket of gind's own. The address does not count where systemd
// passes the socket.
func (r *relisten) opens(name string) bool {
	was, known := r.before[name]
	return !known || was.Address != r.after[name].Address && !r.serving.isActivated(name)
}

// check refuses to end what is systemd's.
func (r *relisten) check() error {
	var refused []error
	for _, name := range slices.Sorted(maps.Keys(r.before)) {
		if _, stays := r.after[name]; !stays && r.serving.isActivated(name) {
			refused = append(refused, fmt.Errorf("listener %s: its socket is systemd's: take it out of the socket unit, and restart", name))
		}
	}
	return errors.Join(refused...)
}

// UntilRestart are the listeners as a reload can have them: one that stays where it is
// speaks TLS, or does not, until a restart, and so does an address stay that is to make
// room for a part of it, or to be another listener's.
func (s *Serving) UntilRestart(wanted map[string]settings.Listener) map[string]settings.Listener {
	coming := maps.Clone(wanted)
	for name, l := range wanted {
		was, known := s.configured[name]
		stays := known && (was.Address == l.Address || s.isActivated(name))
		if stays && (was.Certificate == "") != (l.Certificate == "") {
			l.Certificate, l.Key = was.Certificate, was.Key
			coming[name] = l
		}
	}
	for name := range s.inTheWay(wanted) {
		if was, known := s.configured[name]; known {
			coming[name] = was
		} else {
			delete(coming, name)
		}
	}
	return coming
}

// inTheWay of each other are listeners of which one leaves an address that the other,
// or itself, is to have a part of: the socket is still open when that would be bound.
func (s *Serving) inTheWay(wanted map[string]settings.Listener) map[string]bool {
	stuck := map[string]bool{}
	for holder, was := range s.configured {
		is, stays := wanted[holder]
		if stays && is.Address == was.Address || s.isActivated(holder) {
			continue
		}
		for name, l := range wanted {
			moves := l.Address != s.configured[name].Address && !s.isActivated(name)
			if moves && listener.Overlap(address(name, l), address(holder, was)) {
				stuck[name], stuck[holder] = true, true
			}
		}
	}
	return stuck
}

func address(name string, l settings.Listener) string { return wiring.Listener(name, l).Address }

// Remark says of a change of a listener what its keys do not.
func (s *Serving) Remark(wanted map[string]settings.Listener, change *config.Change) {
	coming := s.UntilRestart(wanted)
	for name := range s.named(wanted) {
		key := document.Join("listeners", name)
		switch change.Key {
		case key + ".certificate", key + ".key":
			change.Live = coming[name] == wanted[name]
		case key + ".address":
			if _, stays := wanted[name]; stays && s.isActivated(name) {
				change.Instead = instead
			} else if coming[name].Address != wanted[name].Address {
				change.Live = false
			}
		}
	}
}

// instead of an address counts what systemd passes.
const instead = "systemd passes the socket: its address is ListenStream= of the socket unit"

// named are the listeners that are or are to be.
func (s *Serving) named(wanted map[string]settings.Listener) map[string]settings.Listener {
	all := maps.Clone(s.configured)
	maps.Copy(all, wanted)
	return all
}

// Overruled notes in the entries of a config which addresses systemd's sockets take the place of.
func (s *Serving) Overruled(entries []config.Entry) []config.Entry {
	return Overruled(entries, s.isActivated)
}

// Overruled is that of a service which does not run, by the names of sockets that it would be passed.
func Overruled(entries []config.Entry, passed func(name string) bool) []config.Entry {
	for i, e := range entries {
		name, isAddress := strings.CutSuffix(e.Key, ".address")
		name, isListener := strings.CutPrefix(name, "listeners.")
		if isAddress && isListener && passed(name) {
			entries[i].Instead = instead
		}
	}
	return entries
}

// isActivated reports whether systemd passed the socket of a listener.
func (s *Serving) isActivated(name string) bool {
	return slices.ContainsFunc(s.Listeners.Named(name), (*listener.Listener).Activated)
}
