package journal

import "time"

func (w *writer) spillAll(recs []packed) {
	for _, r := range recs {
		w.spill(r)
	}
}

// spill puts a record into the mirror that the target did not take.
func (w *writer) spill(r packed) {
	if r.flags()&flagReplayed != 0 {
		w.j.replay.broken.Store(true) // it is in the mirror already
		return
	}
	if w.outage.extend(r.time()) {
		w.announce()
	}
	if w.mirror(r, markSpilled) {
		w.j.counters.spilled.Add(1)
		w.outage.spilled++
	}
}

// mirror puts a record into the mirror that is nowhere else.
func (w *writer) mirror(r packed, why mark) bool {
	m := w.j.mirror.Load()
	if m == nil || !w.j.mirrorSoon(m, r, why) {
		w.lose()
		return false
	}
	w.reportLost()
	return true
}

// copy puts a record into the mirror that the target has.
func (w *writer) copy(r packed) {
	if m := w.j.mirror.Load(); m != nil && !m.add(laneOf(r.level()), r, markNone) {
		m.missed.Add(1)
	}
}

func (w *writer) lose() {
	w.j.lose()
	w.outage.lost++
}

// governs is whether the governor keeps a record away from journald. It does so
// only where the mirror takes it instead.
func (w *writer) governs(r packed, now time.Time) bool {
	if w.target != Journald || r.level() >= LevelNotice || w.governor.allow(now) {
		return false
	}
	m := w.j.mirror.Load()
	return m != nil && m.err() == nil && m.room(laneOf(r.level()))
}

// press notes whether the target is so slow that the ring would fill up.
func (w *writer) press() {
	used, size := w.j.ring.used(), w.j.ring.size()
	switch {
	case used > size/2 && w.target == Journald:
		w.pressed = true
	case used < size/8:
		w.pressed = false
	}
}
