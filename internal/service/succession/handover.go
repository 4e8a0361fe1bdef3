package succession

import (
	"context"
	"errors"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
)

// Adopt serves the connections that a process before this one has left open: those
// in the boxes, and those that a predecessor which still runs sends over.
func (s *Succession) Adopt() {
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

// carrier is what takes idle connections out of the process: a successor, or a
// box in systemd's file descriptor store. Without either, connections end with
// their next response.
func (s *Succession) carrier() handoff.Carrier {
	if successor := s.successor.Load(); successor != nil {
		return successor
	}
	if !s.Unit.Enabled() {
		return nil
	}
	box, err := handoff.NewBox(s.Unit.StoreFD)
	if err != nil {
		s.Log.Info("connections are not parked", "reason", err)
		return nil
	}
	return box
}

// storeListeners keeps the sockets that the service has bound itself open for the
// next process. It comes before the freeze, which would close them.
func (s *Succession) storeListeners() {
	if s.Succeeded() || !s.Unit.Enabled() {
		return
	}
	if err := s.Listeners.Store(s.Unit.StoreFD); err != nil {
		s.Log.Warn("listeners are not kept open for the next process", "error", err)
	}
}

// Park freezes the service: nothing new is read, requests in flight finish, and
// connections leave as they become idle.
func (s *Succession) Park(ctx context.Context) {
	s.storeListeners()
	carrier := s.carrier()
	parking, err := handoff.Park(s.Listeners, carrier)
	if err != nil {
		s.Log.Warn("connections are not parked", "reason", err)
	}
	s.Server.Freeze()
	if err := errors.Join(s.Adopted(ctx), parking.Wait(ctx), s.Server.Wait(ctx)); err != nil {
		s.cutOff()
	}
	outcome, err := parking.Close()
	if carrier != nil { // else it is no news that none was parked
		s.logParking(outcome, err)
	}
	s.closeCarrier(carrier)
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

func (s *Succession) closeCarrier(carrier handoff.Carrier) {
	var err error
	switch c := carrier.(type) {
	case *handoff.Successor:
		err = c.Finish()
	case *handoff.Box:
		err = c.Close()
	}
	if err != nil {
		s.Log.Warn("the handover did not end as it should", "error", err)
	}
}

func (s *Succession) logParking(outcome handoff.Outcome, err error) {
	if err != nil || outcome.Refused > 0 || outcome.Lost > 0 {
		s.Log.Error("connections could not be parked", journal.Message(journal.EventParkRefused),
			"connections", outcome.Refused+outcome.Lost, "parked", outcome.Parked, "reason", err)
		return
	}
	if outcome.Parked > 0 {
		s.Log.Info("connections parked", journal.Message(journal.EventParked), "connections", outcome.Parked)
	}
}

// cutOff says which requests will not be answered.
func (s *Succession) cutOff() {
	for _, r := range s.Server.OpenRequests() {
		s.Log.Error("request cut off: the time of the drain is up",
			journal.Message(journal.EventRequestCutOff),
			"method", r.Method, "path", r.Path, "age", r.Age, "request_id", r.RequestID, "remote", r.Remote)
	}
}
