package journal

import (
	"fmt"
	"log/slog"
	"time"
)

// outage is a time in which the target does not take everything. Short breaks in
// it are part of it, so that a journald at its limit is one notice and not many.
type outage struct {
	on          bool
	from, to    time.Time // of the records
	last        time.Time // when a record was spilled last
	spilled     uint64
	unconfirmed uint64
	lost        uint64
	lostBefore  uint64 // of the journal's count, what was reported
}

// extend notes that a record of the time t spills now, and reports whether it is the first.
func (o *outage) extend(t, now time.Time) bool {
	o.last = now
	if t.IsZero() {
		t = now
	}
	first := !o.on
	if first || t.Before(o.from) {
		o.from = t
	}
	if first || t.After(o.to) {
		o.to = t
	}
	o.on = true
	return first
}

// note logs a record of the writer's own, before everything that is in the ring.
func (w *writer) note(level slog.Level, id ID, message string, attrs ...slog.Attr) {
	w.notes = append(w.notes, ownRecord(level, id, message, attrs))
}

func (w *writer) announce() {
	state := w.j.state.Load()
	why := "records come faster than it takes them"
	if state.err != nil {
		why = state.err.Error()
	}
	w.note(slog.LevelWarn, EventBehind, w.target.String()+" does not take records in time; they go to the log files",
		slog.String("target", w.target.String()), slog.String("error", why), w.files())
}

func (w *writer) files() slog.Attr {
	where := "none"
	if m := w.j.mirror.Load(); m != nil {
		where = m.Paths()
	}
	return slog.String("files", where)
}

// lookAfter does what is due though nobody logs, and returns when something will be.
func (w *writer) lookAfter(now time.Time) (rest time.Duration) {
	rest = idle
	if held := w.governor.Due(now); held > 0 {
		w.note(LevelNotice, EventGoverned,
			fmt.Sprintf("%d records went to the log files alone: more than %v a second", held, w.governor.Rate()),
			slog.Uint64("governed", held), slog.Float64("rate", w.governor.Rate()), w.files())
	} else if wait, held := w.governor.Next(now); held {
		rest = min(rest, wait)
	}
	rest = min(rest, w.recover(now), w.confirm(now))
	if len(w.notes) > 0 || w.outbox.len() > 0 && w.j.state.Load().State == StateOK { // the target is back
		rest = 0
	}
	return max(rest, 0)
}

// recover tries a target that takes nothing, and ends the outage when it is over.
func (w *writer) recover(now time.Time) (rest time.Duration) {
	if w.j.state.Load().State != StateOK {
		if now.Before(w.nextProbe) {
			return w.nextProbe.Sub(now)
		}
		if !w.open() || !w.sink.Wait(0) {
			w.nextProbe = now.Add(max(w.backoff, probeFirst))
			return w.nextProbe.Sub(now)
		}
		w.rise()
		w.reportLost()
	}
	if n := w.j.counters.overflowed.Swap(0); n > 0 {
		if w.outage.extend(now, now) {
			w.announce()
		}
		w.outage.spilled += n
	}
	switch {
	case !w.outage.on:
		w.reportLost()
		return idle
	case now.Sub(w.outage.last) < calm:
		return calm - now.Sub(w.outage.last)
	}
	w.back()
	return idle
}

// back says that an outage is over, and what became of its records.
func (w *writer) back() {
	o := w.outage
	w.outage = outage{lostBefore: o.lostBefore}
	replay := w.j.replay.on.Load() && w.target == Journald && o.spilled > 0 && !w.j.replay.stopped()
	w.note(LevelNotice, EventBack,
		fmt.Sprintf("%s takes records again; meanwhile %d went to the log files and %d were lost", w.target, o.spilled, o.lost),
		slog.String("target", w.target.String()),
		slog.Uint64("spilled", o.spilled), slog.Uint64("unconfirmed", o.unconfirmed), slog.Uint64("lost", o.lost),
		slog.Time("from", o.from.UTC()), slog.Time("to", o.to.UTC()), w.files(), slog.Bool("replay", replay))
	if replay {
		w.j.replay.begin(o.from, o.to)
	}
}

// reportLost says how many records were lost, as soon as one gets through.
func (w *writer) reportLost() {
	lost := w.j.counters.lost.Load()
	if lost == w.outage.lostBefore {
		return
	}
	n := lost - w.outage.lostBefore
	w.outage.lostBefore = lost
	w.note(slog.LevelWarn, EventLost,
		fmt.Sprintf("%d records were lost: neither %s nor the log files took them", n, w.target),
		slog.Uint64("lost", n), slog.Uint64("total", lost))
}

// confirm asks now and then what the target has read of what it has taken.
func (w *writer) confirm(now time.Time) (rest time.Duration) {
	if w.doubts == nil {
		return idle
	}
	if since := now.Sub(w.confirmed); since < confirmEvery {
		return confirmEvery - since
	}
	w.confirmed = now
	open, err := w.doubts.Confirm()
	if err != nil {
		_ = w.revive() // it spills what is in doubt; sending shows whether it helped
	}
	if open {
		return confirmEvery
	}
	return idle
}
