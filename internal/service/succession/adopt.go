package succession

import (
	"context"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
)

// Adopt serves the connections that a process before this one has left open: those
// in the boxes, and those that a predecessor which still runs sends over. That does not
// accept any more: the sockets end that it had and this process has no use for.
func (s *Succession) Adopt() {
	for _, u := range s.inherited.unfit {
		u.End()
	}
	if boxes := s.inherited.boxes; len(boxes) > 0 {
		adoption, err := handoff.Adopt(s.Listeners, boxes)
		s.Unit.RemoveFD(handoff.BoxName)
		s.logAdoption(adoption, err)
	}
	if s.Predecessor != nil {
		s.adopting.Go(func() { s.logAdoption(s.Predecessor.Adopt(s.Listeners)) })
	}
}

func (s *Succession) logAdoption(adoption handoff.Adoption, err error) {
	switch {
	case err != nil || adoption.Refused > 0 || adoption.Lost > 0:
		s.Log.Error("connections could not be adopted, and were closed", journal.Message(journal.EventParkRefused),
			"connections", adoption.Refused+adoption.Lost, "adopted", adoption.Adopted, "reason", err)
	case adoption.Adopted > 0:
		s.Log.Info("connections adopted", journal.Message(journal.EventAdopted),
			"connections", adoption.Adopted, "gone", adoption.Gone)
	}
}

// Adopted waits until the predecessor has finished its own requests and sent its
// connections: systemd ends it with this process.
func (s *Succession) Adopted(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.adopting.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
