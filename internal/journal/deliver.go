package journal

import (
	"errors"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
)

// deliver hands what is meant for the target to it. What it does not take in time spills.
func (w *writer) deliver() {
	prepared, revived := 0, false
	for w.outbox.len() > 0 {
		if !w.open() {
			w.strand()
			return
		}
		if prepared == 0 {
			prepared = w.prepare()
		}
		n, err := w.sink.Send()
		if n > 0 {
			w.took(w.outbox.head(n))
			w.outbox.drop(n)
			prepared, revived = prepared-n, false
		}
		switch {
		case err == nil:
		case errors.Is(err, sink.ErrRefused):
			w.refused(w.outbox.head(1)[0], w.situation(time.Now()))
			w.sink.Skip()
			w.outbox.drop(1)
			prepared--
		case errors.Is(err, sink.ErrBusy):
			if w.press(); w.pressed {
				w.again(w.situation(time.Now())) // to get ahead of a ring that fills up
				prepared = w.prepare()
			}
			if w.outbox.len() > 0 && !w.bear() {
				w.fall(StateBehind, err)
			}
		case revived || w.revive() != nil:
			w.fall(StateDown, err)
		default:
			revived = true
		}
	}
}

// prepare gets as many records ready as are handed over at once, and returns how many.
func (w *writer) prepare() int {
	recs := w.outbox.head(sink.MostAtOnce)
	w.sink.Prepare(recs)
	return len(recs)
}

// strand asks anew where records go whose target takes nothing. Where there is no
// mirror all of them stay in the ring, and as long as that is so nobody asks: there
// may be very many, and whoever logs has the writer look each time.
func (w *writer) strand() {
	s := w.situation(time.Now())
	if s.target = w.j.openness(); s.mirror != noMirror {
		w.again(s)
	}
}

// again asks anew where the records go that are meant for the target, and takes those
// out that do not go there.
func (w *writer) again(s situation) {
	w.behind = w.behind[:0]
	w.outbox.filter(func(r record.Packed) bool {
		v := decide(kindOf(r), s)
		if v.to == toTarget || v.to == toRing {
			return true
		}
		w.sort(r, 0, v)
		return false
	})
	w.spill(w.behind)
	if w.outbox.len() == 0 {
		w.blocked = time.Time{} // nobody tries it until there is something to send
	}
}

// refused takes a record elsewhere that the target will never take.
func (w *writer) refused(r record.Packed, s situation) {
	s.refused = true
	if v := decide(kindOf(r), s); v.to == toTarget {
		w.j.replay.taken.Add(1)
	} else {
		w.j.counters.spilled.Add(w.mirror([]record.Packed{r}, v.mark))
	}
}

// open is whether the target is to be tried: it works, or it is time to see
// whether it works again.
func (w *writer) open() bool {
	state := w.j.state.Load().State
	if state == StateOK {
		return true
	}
	if time.Now().Before(w.nextProbe) {
		return false
	}
	if err := w.revive(); err != nil {
		w.fall(StateDown, err)
		return false
	}
	return true
}

// revive looks for the target, and spills what one that is gone may not have
// read. Without a mirror that is counted and no more, for it need not be lost.
func (w *writer) revive() error {
	err := w.sink.Revive()
	if w.doubts == nil {
		return err
	}
	w.doubts.Doubtful(func(r record.Packed) {
		w.j.counters.unconfirmed.Add(1)
		if w.j.mirror.Load() != nil {
			w.spill([]record.Packed{r})
		} else {
			w.outage.extend(r.Time(), time.Now())
		}
		w.outage.unconfirmed++
	})
	return err
}

// bear waits for a target that is busy, unless it has been for too long.
func (w *writer) bear() bool {
	now := time.Now()
	if w.blocked.IsZero() {
		w.blocked = now
	}
	left := patience - now.Sub(w.blocked)
	if left <= 0 || w.j.state.Load().State != StateOK {
		return false
	}
	w.sink.Wait(left)
	return true
}

// took counts records that the target has.
func (w *writer) took(recs []record.Packed) {
	w.blocked = time.Time{}
	w.rise()
	w.j.counters.sent.Add(uint64(len(recs)))
	fresh := w.fresh(recs)
	if n := uint64(len(recs) - len(fresh)); n > 0 {
		w.j.replay.taken.Add(n)
		w.j.counters.replayed.Add(n)
	}
	if w.always {
		w.copy(fresh)
	}
	w.reportLost()
}

// rise notes that the target takes records.
func (w *writer) rise() {
	if w.j.state.Load().State != StateOK {
		w.j.setState(StateOK, nil)
		w.backoff = 0
	}
}

// fall notes that the target takes nothing, and when to try it again.
func (w *writer) fall(s State, err error) {
	w.blocked = time.Time{}
	w.backoff = min(max(2*w.backoff, probeFirst), probeLast)
	if s == StateBehind {
		w.backoff = probeFirst
	}
	w.nextProbe = time.Now().Add(w.backoff)
	w.j.setState(s, err)
}
