package succession

import (
	"context"
	"log/slog"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
)

// Parking is the way of this process's connections into the next one.
type Parking struct {
	log     *slog.Logger
	carrier handoff.Carrier
	parking *handoff.Parking
}

// Park prepares the way, while everything is served on: what carries connections, and
// keeps the sockets that the service has bound itself. Nothing leaves before the
// Parking's Freeze, and it ends with its Close.
func (s *Succession) Park() *Parking {
	p := &Parking{log: s.Log, carrier: s.carrier()}
	var err error
	if p.parking, err = handoff.Prepare(s.Listeners, p.carrier); err != nil {
		s.Log.Warn("connections are not parked", "reason", err)
	}
	return p
}

// Freeze has nothing new read: connections leave the process as they become idle.
func (p *Parking) Freeze() { p.parking.Freeze() }

// Wait returns when nothing is left that could be parked, or when ctx ends.
func (p *Parking) Wait(ctx context.Context) error { return p.parking.Wait(ctx) }

// Close sends what is still to be sent.
func (p *Parking) Close() {
	outcome, err := p.parking.Close()
	if p.carrier != nil { // else it is no news that none was parked
		p.logOutcome(outcome, err)
	}
	p.closeCarrier(p.carrier)
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
	if box := s.store(); box != nil {
		return box
	}
	return nil
}

func (p *Parking) closeCarrier(carrier handoff.Carrier) {
	var err error
	switch c := carrier.(type) {
	case *handoff.Successor:
		err = c.Finish()
	case *handoff.Box:
		err = c.Close()
	}
	if err != nil {
		p.log.Warn("the handover did not end as it should", "error", err)
	}
}

func (p *Parking) logOutcome(outcome handoff.Outcome, err error) {
	if err != nil || outcome.Refused > 0 || outcome.Lost > 0 {
		p.log.Error("connections could not be parked", journal.Message(journal.EventParkRefused),
			"connections", outcome.Refused+outcome.Lost, "parked", outcome.Parked, "reason", err)
		return
	}
	if outcome.Parked > 0 {
		p.log.Info("connections parked", journal.Message(journal.EventParked), "connections", outcome.Parked)
	}
}
