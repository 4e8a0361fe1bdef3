package journal

import (
	"slices"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// spill puts records into the mirror that the target did not take.
func (w *writer) spill(recs []record.Packed) {
	now, fresh := time.Now(), w.fresh(recs)
	if len(fresh) < len(recs) {
		w.j.replay.broken.Store(true) // the others are in the mirror already
	}
	for _, r := range fresh {
		if w.outage.extend(r.Time(), now) {
			w.announce()
		}
	}
	taken := w.mirror(fresh, line.Spilled)
	w.j.counters.spilled.Add(taken)
	w.outage.spilled += taken
}

// fresh is recs without those that come out of the mirror, until the next call.
func (w *writer) fresh(recs []record.Packed) []record.Packed {
	if !slices.ContainsFunc(recs, record.Packed.Replayed) {
		return recs
	}
	w.scratch = w.scratch[:0]
	for _, r := range recs {
		if !r.Replayed() {
			w.scratch = append(w.scratch, r)
		}
	}
	return w.scratch
}

// mirror puts records into the mirror that are nowhere else, and returns how many it took.
func (w *writer) mirror(recs []record.Packed, why line.Mark) (taken uint64) {
	m, first := w.j.mirror.Load(), 0
	if m != nil {
		first = m.Add(recs, why)
	}
	taken = uint64(first)
	for _, r := range recs[first:] {
		if m != nil && w.j.mirrorSoon(m, r, why) {
			taken++
		} else {
			w.lose()
		}
	}
	if taken > 0 {
		w.reportLost()
	}
	return taken
}

// copy puts records into the mirror that the target has.
func (w *writer) copy(recs []record.Packed) {
	m := w.j.mirror.Load()
	for m != nil && len(recs) > 0 {
		n := m.Add(recs, line.Unmarked)
		if recs = recs[n:]; len(recs) > 0 { // its file has no room for it
			m.Miss()
			recs = recs[1:]
		}
	}
}

func (w *writer) lose() {
	w.j.lose()
	w.outage.lost++
}

// governing is whether the governor may keep records away from journald: only
// where the mirror takes a whole batch of them instead, and not in an outage, in which
// journald is spared anyway, and after which they are replayed as those before them.
func (w *writer) governing() bool {
	m := w.j.mirror.Load()
	return w.target == Journald && w.j.state.Load().State == StateOK && m != nil && m.Err() == nil && m.Room(record.LaneInfo) && m.Room(record.LaneDebug)
}

// hold puts records into the mirror that the governor keeps away from journald.
func (w *writer) hold(recs []record.Packed, now time.Time) {
	if len(recs) > 0 {
		w.governor.Hold(uint64(len(recs)), now)
		w.j.counters.governed.Add(uint64(len(recs)))
		w.mirror(recs, line.Governed)
	}
}

// press notes whether the target is so slow that the ring would fill up.
func (w *writer) press() {
	waiting, size := w.j.waiting(), w.j.ring.Size()
	switch {
	case waiting > size*pressedAt/full && w.target == Journald:
		w.pressed = true
	case waiting < size*relievedAt/full:
		w.pressed = false
	}
}
