package handoff

import (
	"context"
	"fmt"

	"github.com/gind/gind/internal/listener"
)

// BoxName is the name of a box in the file descriptor store.
const BoxName = "box"

// Carrier takes connections out of the process: a [*Box] or a [*Successor].
type Carrier interface {
	room() int // how many connections can be carried
	send(frame []byte, fds []int) error
}

// Parking is the way of a set's connections into a Carrier.
type Parking struct {
	set    *listener.Set
	keeper *keeper // nil: nothing can be parked
}

// Outcome counts what became of connections.
type Outcome struct {
	Parked  int // left the process open
	Refused int // there was no room for: their next response is the last
	Lost    int // had to be closed
}

// Adoption counts the connections that came from a process before.
type Adoption struct {
	Adopted int // are served here
	Gone    int // their peers had closed or reset them
	Refused int // closed: no listener for them, or not to be read
	Lost    int // did not arrive, for want of descriptors (LimitNOFILE=)
}

// Prepare a parking of the connections of set into to, before the last call: from
// now on [listener.Set.CanPark] knows which can be parked. With a nil Carrier none
// are: each response that CanPark is asked about has then to be the last.
//
// The error says why nothing will be parked although there is a Carrier; the
// Parking is usable all the same.
func Prepare(set *listener.Set, to Carrier) (*Parking, error) {
	p := &Parking{set: set}
	var err error
	if to != nil {
		err = listener.Proven()
	}
	if to != nil && err == nil {
		p.keeper = newKeeper(set, to)
	}
	set.LastCall(p.keeper != nil)
	return p, err
}

// Freeze the set (see [listener.Set.Freeze]): its connections leave as they become
// idle.
func (p *Parking) Freeze() {
	if p.keeper == nil {
		p.set.Freeze(nil)
		return
	}
	p.set.Freeze(p.keeper)
}

// Wait returns when nothing is left that could be parked, or when ctx ends.
func (p *Parking) Wait(ctx context.Context) error {
	select {
	case <-p.set.Frozen():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("handoff: connections that still serve a request: %w", context.Cause(ctx))
	}
}

// Close sends what is still to be sent; nothing is parked after it. The error
// says why not all could be sent. Those are served here for as long as the
// listeners are open.
func (p *Parking) Close() (Outcome, error) {
	if p.keeper == nil {
		return Outcome{Refused: p.set.Refused()}, nil
	}
	outcome, err := p.keeper.close()
	outcome.Refused = p.set.Refused()
	return outcome, err
}
