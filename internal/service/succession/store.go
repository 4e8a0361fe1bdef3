package succession

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/sdnotify"
)

// OpenBox puts the box into systemd's store that carries connections in the end, and
// does it long before: systemd does not say what it keeps, and closes the rest at its
// leisure. It belongs where no other box is needed any more.
func (s *Succession) OpenBox() {
	if !s.Unit.Enabled() {
		return
	}
	s.Unit.RemoveFD(handoff.BoxName)
	s.box.Store(s.newBox())
}

func (s *Succession) newBox() *opened {
	box, err := handoff.NewBox(s.Unit.StoreFD)
	return &opened{box, err}
}

// opened is what has come of a box.
type opened struct {
	box *handoff.Box
	err error
}

// kept is why the box can't be relied on, as far as is known by now.
func (o *opened) kept() error {
	if o.err != nil {
		return o.err
	}
	return o.box.Kept()
}

// store returns the box if systemd has kept it, and puts into the store what the service
// has bound itself.
func (s *Succession) store() *handoff.Box {
	o := s.box.Swap(nil)
	if o == nil { // the start has not come so far, and may not have emptied those of before
		o = s.newBox()
	}
	if err := o.kept(); err != nil {
		s.Log.Warn("nothing is kept for the next process: connections end with their next response", "reason", err)
		s.passedNext()
		return nil
	}
	s.storeSockets(o.box)
	return o.box
}

// storeSockets is proven by one more socket of the box: where there was room for that,
// these have been kept. Else they are taken out, so that nobody waits in a queue that
// ends with the process.
func (s *Succession) storeSockets(box *handoff.Box) {
	sockets, err := s.Listeners.Store(s.Unit.StoreFD, s.passedNext()...)
	names := sockets.Names()
	if len(names) > 0 {
		err = errors.Join(err, box.Extend())
	}
	if limit, known := sdnotify.FDStoreMax(); known && limit < len(names)+1 {
		err = errors.Join(err, fmt.Errorf("FileDescriptorStoreMax=%d is too small", limit))
	}
	if err != nil {
		s.Unit.Forget(names)
		s.Log.Warn("listeners are not kept open for the next process", "error", err)
		return
	}
	sockets.Kept()
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

// storeLacks is that the unit keeps nothing, for people; empty if it does, or it is not
// systemd's: who else started the process never does.
func (s *Succession) storeLacks() string {
	o := s.box.Load()
	if o == nil || s.Succeeded() || s.Manager() != nil {
		return ""
	}
	if err := o.kept(); err != nil {
		return lacksOf(err)
	}
	return ""
}

// Lacks is what the unit lacks for a restart that nobody notices, for people, and which
// of its socket units are not what listens.
func (s *Succession) Lacks() []string {
	var all []string
	if lacks := s.storeLacks(); lacks != "" {
		all = append(all, lacks)
	}
	if stale := s.stale.Load(); stale != nil {
		all = append(all, *stale...)
	}
	return all
}

// leisure is what systemd gets to close what it does not keep.
const leisure = time.Second

// TellLacks compares at the start, and logs what is not as it should be.
func (s *Succession) TellLacks(ctx context.Context) {
	s.Compare(ctx)
	select {
	case <-time.After(leisure):
	case <-ctx.Done():
		return
	}
	for _, text := range s.Lacks() {
		s.Log.Warn(text)
	}
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
