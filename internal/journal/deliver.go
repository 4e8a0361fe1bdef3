package journal

import (
	"errors"
	"log/slog"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/line"
)

// deliver hands what is meant for the target to it. What it does not take in time spills.
func (w *writer) deliver() {
	rest := w.direct
	w.sink.Prepare(rest)
	revived := false
	for len(rest) > 0 {
		if !w.open() {
			w.spill(rest)
			return
		}
		n, err := w.sink.Send()
		if n > 0 {
			w.took(rest[:n])
			rest, revived = rest[n:], false
		}
		switch {
		case err == nil:
		case errors.Is(err, sink.ErrRefused):
			w.refused(rest[0])
			w.sink.Skip()
			rest = rest[1:]
		case errors.Is(err, sink.ErrBusy):
			if w.press(); w.pressed {
				rest = w.shed(rest)
			}
			if len(rest) > 0 && !w.bear() {
				w.fall(StateBehind, err)
			}
		case revived || w.revive() != nil:
			w.fall(StateDown, err)
		default:
			revived = true
		}
	}
}

// shed spills what is below a warning, to get ahead of a ring that fills up, and
// returns what is left for the target.
func (w *writer) shed(recs []record.Packed) []record.Packed {
	kept := recs[:0]
	w.behind = w.behind[:0]
	for _, r := range recs {
		if r.Level() < slog.LevelWarn {
			w.behind = append(w.behind, r)
		} else {
			kept = append(kept, r)
		}
	}
	w.spill(w.behind)
	if len(kept) == 0 {
		w.blocked = time.Time{} // nobody tries it until there is something to send
	}
	w.sink.Prepare(kept)
	return kept
}

// refused puts a record into the mirror that the target will never take.
func (w *writer) refused(r record.Packed) {
	if r.Replayed() {
		w.j.replay.taken.Add(1) // it is in the mirror, and there is no use in trying again
	} else {
		w.j.counters.spilled.Add(w.mirror([]record.Packed{r}, line.Spilled))
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
