package succession

import (
	"context"
	"fmt"
	"slices"

	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/socketunit"
)

// Compare what listens with what the socket units say: they may have been changed, and
// systemd passes new sockets to a new process alone. [Succession.Lacks] has the outcome.
func (s *Succession) Compare(ctx context.Context) {
	if !s.Unit.Enabled() || s.Manager() != nil {
		return
	}
	units, err := s.Sockets(ctx)
	if err != nil {
		return // nothing is known
	}
	stale := staleUnits(units, s.Listeners.Listeners())
	s.stale.Store(&stale)
}

// TellStale compares at the start, and logs what is not as it should be.
func (s *Succession) TellStale(ctx context.Context) {
	s.Compare(ctx)
	if stale := s.stale.Load(); stale != nil {
		for _, text := range *stale {
			s.Log.Warn(text)
		}
	}
}

func staleUnits(units []socketunit.Socket, listeners []*listener.Listener) []string {
	var stale []string
	for _, unit := range units {
		remedy := fmt.Sprintf(": systemctl stop %s, then restart the service", unit.Unit)
		for _, l := range listeners {
			switch {
			case l.Name() != unit.Name:
			case !l.Activated():
				stale = append(stale, fmt.Sprintf("%s says where the listener %s is, and has passed no socket; the service has opened %s itself",
					unit.Unit, l.Name(), l.Addr())+remedy)
			case unit.Active && !passes(units, l):
				stale = append(stale, fmt.Sprintf("%s says %v for the listener %s, and what listens is still %s",
					unit.Unit, unit.Streams, l.Name(), l.Addr())+remedy)
			}
		}
	}
	return stale
}

// passes reports whether systemd has the socket of a listener too, for the next process.
func passes(units []socketunit.Socket, l *listener.Listener) bool {
	return slices.ContainsFunc(units, func(u socketunit.Socket) bool { return u.Name == l.Name() && u.Has(l.Addr()) })
}
