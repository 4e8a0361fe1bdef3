package gind

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
)

// adopt serves the connections that a process before this one has left open:
// those in the boxes, and those that a predecessor which still runs sends over.
func (a *application) adopt(boxes []*os.File) {
	if len(boxes) > 0 {
		adoption, err := handoff.Adopt(a.listeners, boxes)
		a.told(a.systemd().RemoveFD(handoff.BoxName))
		a.logAdoption(adoption, err)
	}
	if a.predecessor != nil {
		a.adopting.Go(func() { a.logAdoption(a.predecessor.Adopt(a.listeners)) })
	}
}

func (a *application) logAdoption(adoption handoff.Adoption, err error) {
	switch {
	case err != nil || adoption.Refused > 0 || adoption.Lost > 0:
		a.log.Error("connections could not be adopted, and were closed", journal.Message(journal.EventParkRefused),
			"connections", adoption.Refused+adoption.Lost, "adopted", adoption.Adopted, "reason", err)
	case adoption.Adopted > 0:
		a.log.Info("connections adopted", journal.Message(journal.EventAdopted),
			"connections", adoption.Adopted, "gone", adoption.Gone)
	}
}

// carrier is what takes idle connections out of the process: a successor, or a
// box in systemd's file descriptor store. Without either, connections end with
// their next response.
func (a *application) carrier() handoff.Carrier {
	if a.successor != nil {
		return a.successor
	}
	if !a.systemd().Enabled() {
		return nil
	}
	box, err := handoff.NewBox(a.storeFD)
	if err != nil {
		a.log.Info("connections are not parked", "reason", err)
		return nil
	}
	return box
}

// storeListeners keeps the sockets that the service has bound itself open for the
// next process. It comes before the freeze, which would close them.
func (a *application) storeListeners() {
	if a.successor != nil || !a.systemd().Enabled() {
		return
	}
	if err := a.listeners.Store(a.storeFD); err != nil {
		a.log.Warn("listeners are not kept open for the next process", "error", err)
	}
}

// storeFD puts a descriptor into systemd's store and waits until it is there.
func (a *application) storeFD(name string, f *os.File) error {
	if err := a.systemd().StoreFD(name, f); err != nil {
		return err
	}
	return a.systemd().Barrier(barrierTime)
}

// barrierTime is how long systemd may take to read what it was told.
const barrierTime = 5 * time.Second

// park freezes the service: nothing new is read, requests in flight finish, and
// connections leave as they become idle.
func (a *application) park(ctx context.Context) {
	a.storeListeners()
	carrier := a.carrier()
	parking, err := handoff.Park(a.listeners, carrier)
	if err != nil {
		a.log.Warn("connections are not parked", "reason", err)
	}
	a.server.Freeze()
	if err := errors.Join(a.adopted(ctx), parking.Wait(ctx), a.server.Wait(ctx)); err != nil {
		a.cutOff()
	}
	outcome, err := parking.Close()
	a.logParking(outcome, err)
	a.closeCarrier(carrier)
}

// adopted waits until the predecessor has finished its own requests and sent its
// connections: systemd ends it with this process.
func (a *application) adopted(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		a.adopting.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *application) closeCarrier(carrier handoff.Carrier) {
	var err error
	switch c := carrier.(type) {
	case *handoff.Successor:
		err = c.Finish()
	case *handoff.Box:
		err = c.Close()
	}
	if err != nil {
		a.log.Warn("the handover did not end as it should", "error", err)
	}
}

func (a *application) logParking(outcome handoff.Outcome, err error) {
	if err != nil || outcome.Refused > 0 || outcome.Lost > 0 {
		a.log.Error("connections could not be parked", journal.Message(journal.EventParkRefused),
			"connections", outcome.Refused+outcome.Lost, "parked", outcome.Parked, "reason", err)
		return
	}
	if outcome.Parked > 0 {
		a.log.Info("connections parked", journal.Message(journal.EventParked), "connections", outcome.Parked)
	}
}
