package succession

import (
	"context"
	"errors"
	"fmt"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
)

// store puts a box into systemd's store, and before it the sockets that the service has
// bound itself: where there is room for the box, these have been kept. Where there is
// none they are taken out, so that nobody waits in a queue that ends with the process.
func (s *Succession) store() *handoff.Box {
	sockets, err := s.Listeners.Store(s.Unit.StoreFD, s.passedNext()...)
	if err != nil {
		s.Log.Warn("listeners are not kept open for the next process", "error", err)
	}
	box, err := handoff.NewBox(s.Unit.StoreFD)
	if err != nil {
		s.Unit.Forget(sockets.Names())
		s.Log.Warn("nothing is kept for the next process: connections end with their next response", "reason", err)
		return nil
	}
	sockets.Kept()
	return box
}

// passedNext are the names of the sockets that systemd will pass to the next process, as
// far as it says. What it has passed to this one and has not any more ends with it.
func (s *Succession) passedNext() []string {
	units, err := s.Sockets(context.Background())
	if err != nil || len(units) == 0 {
		return nil // of another manager than that of the system nothing is known
	}
	s.Listeners.Alone(func(l *listener.Listener) bool { return !passes(units, l) })
	var names []string
	for _, unit := range units {
		names = append(names, unit.Name)
	}
	return names
}

// ProveStore finds out whether systemd keeps what it is given, and tells if it does not,
// long before the drain has to know. It belongs where no box is in the store.
func (s *Succession) ProveStore() {
	if !s.Unit.Enabled() || s.Manager() != nil {
		return // who else started the process never does
	}
	err := handoff.ProveStore(s.Unit.StoreFD)
	s.Unit.RemoveFD(handoff.BoxName)
	if err == nil {
		return
	}
	lacks := lacksOf(err)
	s.lacks.Store(&lacks)
	s.Log.Warn(lacks, "reason", err)
}

// Lacks is what the unit lacks for a restart that nobody notices, for people, and which
// of its socket units are not what listens.
func (s *Succession) Lacks() []string {
	var all []string
	if lacks := s.lacks.Load(); lacks != nil {
		all = append(all, *lacks)
	}
	if stale := s.stale.Load(); stale != nil {
		all = append(all, *stale...)
	}
	return all
}

func lacksOf(unproven error) string {
	const so = "; a restart closes keep-alive connections, and the service's own listeners for a moment"
	limit, known := sdnotify.FDStoreMax()
	switch {
	case !errors.Is(unproven, handoff.ErrNotKept):
		return "whether the unit keeps descriptors is not known: " + unproven.Error()
	case known && limit > 0:
		return fmt.Sprintf("the unit keeps no more descriptors: the %d of FileDescriptorStoreMax= are taken", limit) + so
	}
	return "the unit keeps no descriptors: FileDescriptorStoreMax= is 0" + so
}
