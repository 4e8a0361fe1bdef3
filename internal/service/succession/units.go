package succession

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

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

func staleUnits(units []socketunit.Socket, listeners []*listener.Listener) []string {
	var stale []string
	for _, unit := range units {
		var own, passed []string
		for _, l := range listeners {
			switch {
			case l.Name() != unit.Name:
			case l.Activated():
				passed = append(passed, l.Addr().String())
			default:
				own = append(own, l.Addr().String())
			}
		}
		if text := isStale(unit, own, passed); text != "" {
			stale = append(stale, text)
		}
	}
	return stale
}

// isStale says what is not as a unit has it: the service has opened addresses itself, or
// was passed others. A unit of no listener is none of its business.
func isStale(unit socketunit.Socket, own, passed []string) string {
	remedy := fmt.Sprintf(": systemctl stop %s, then restart the service", unit.Unit)
	slices.Sort(passed)
	switch {
	case len(own) > 0:
		return fmt.Sprintf("%s has passed no socket for the listener %s, and the service has opened %s itself",
			unit.Unit, unit.Name, strings.Join(own, ", ")) + remedy
	case len(passed) > 0 && !unit.Active:
		return fmt.Sprintf("%s is stopped, and the listener %s is on %s until the service stops, too",
			unit.Unit, unit.Name, strings.Join(passed, ", "))
	case len(passed) == 0 || slices.Equal(passed, slices.Sorted(slices.Values(unit.Streams))):
		return ""
	}
	return fmt.Sprintf("%s says %s for the listener %s, and what listens is still %s",
		unit.Unit, strings.Join(unit.Streams, ", "), unit.Name, strings.Join(passed, ", ")) + remedy
}

// asUnits gives a listener the address that a socket unit has for it, where systemd should
// have passed a socket and has not: it closes that of a unit whose file has another port
// as soon as it reads it, and opens none before the unit is started anew.
func (s *Succession) asUnits(specs []listener.Spec, passed []listener.Inherited) []listener.Spec {
	isPassed := func(spec listener.Spec) bool {
		return slices.ContainsFunc(passed, func(i listener.Inherited) bool { return i.Name == spec.Name })
	}
	if !s.Unit.Enabled() || s.Manager() != nil || !slices.ContainsFunc(specs, func(l listener.Spec) bool { return !isPassed(l) }) {
		return specs
	}
	units, err := s.Sockets(context.Background())
	if err != nil {
		return specs // the config counts
	}
	asked := slices.Clone(specs)
	for i, spec := range asked {
		if address := addressOf(units, spec.Name); address != "" && !isPassed(spec) && canBind(address) {
			asked[i].Address = address
		}
	}
	return asked
}

// addressOf a listener in the socket unit that is to pass it: the first that has a port.
func addressOf(units []socketunit.Socket, name string) string {
	for _, unit := range units {
		if unit.Name == name && unit.Active {
			return unit.FirstTCP()
		}
	}
	return ""
}

// canBind tells whether a process may have an address that systemd itself would have bound.
func canBind(address string) bool {
	l, err := net.Listen("tcp", address)
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// passes reports whether systemd has the socket of a listener too, for the next process.
func passes(units []socketunit.Socket, l *listener.Listener) bool {
	return slices.ContainsFunc(units, func(u socketunit.Socket) bool { return u.Name == l.Name() && u.Has(l.Addr()) })
}
