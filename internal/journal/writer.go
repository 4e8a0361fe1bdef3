package journal

import (
	"errors"
	"log/slog"
	"time"
)

// writer is the one goroutine that takes records out of the ring and hands them
// on: to the target, or to the mirror.
type writer struct {
	j      *Journal
	sink   sink
	target Target
	always bool // the mirror gets every record

	governor governor
	outage   outage
	notes    []packed // records of this package's own, which go first
	batch    []packed
	direct   []packed // of batch, what is meant for the target

	pressed   bool      // the ring fills faster than the target takes
	blocked   time.Time // since when the target has taken nothing; zero: it takes
	nextProbe time.Time // when a target that takes nothing is tried again
	backoff   time.Duration
	confirmed time.Time // when the target was last asked what it has read
}

const (
	// linger is how long the writer lets records collect while they keep
	// coming: so whoever logs need not wake it, and it needs few system calls.
	linger = 2 * time.Millisecond

	// patience is how long a target may take nothing before records spill.
	patience = 50 * time.Millisecond

	// A target that takes nothing is tried again after probeFirst, one that is
	// not there after longer and longer, up to probeLast.
	probeFirst = 100 * time.Millisecond
	probeLast  = time.Second

	// confirmEvery is how long what was sent may stay in doubt.
	confirmEvery = time.Second

	// idle is how long the writer sleeps when nothing is to be looked after.
	idle = time.Hour
)

func newWriter(j *Journal, s sink, o Options) *writer {
	w := &writer{j: j}
	w.configure(s, o)
	return w
}

// configure takes over options, and a new sink if there is one.
func (w *writer) configure(s sink, o Options) {
	w.always = o.Mirror.Mode == Always
	w.governor.set(o.Rate)
	w.j.replay.on.Store(o.Replay)
	if s == nil {
		return
	}
	if w.sink != nil {
		go w.j.release(w.sink)
	}
	w.sink, w.target = s, o.Target.resolve(o.Socket)
	w.blocked, w.nextProbe = time.Time{}, time.Time{}
	w.j.behind.Store(s.behind())
	w.j.state.Store(&targetState{StateOK, w.target, time.Now(), nil})
}

func (w *writer) run() {
	defer close(w.j.done)
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		busy := w.drain()
		rest := w.lookAfter(time.Now())
		if busy {
			rest = linger
		} else {
			w.j.sleeping.Store(true)
			if w.j.ring.tail.Load() != w.j.ring.next { // it came just now
				rest = 0
			}
		}
		timer.Reset(rest)
		select {
		case <-w.j.wakeup:
		case <-timer.C:
		case f := <-w.j.orders:
			f(w)
		case <-w.j.quit:
			w.finish()
			return
		}
		w.j.sleeping.Store(false)
	}
}

// drain hands on everything that is in the ring, and reports whether there was anything.
func (w *writer) drain() (busy bool) {
	for w.load() {
		busy = true
		w.route()
		w.j.ring.free()
		w.j.routed.Store(w.j.ring.head.Load())
		w.j.beacon.flash()
	}
	if m := w.j.mirror.Load(); m != nil && busy {
		m.wake()
	}
	return busy
}

// load fills the batch: with notes, if there are any, else from the ring.
func (w *writer) load() bool {
	if len(w.notes) > 0 {
		w.batch, w.notes = append(w.batch[:0], w.notes...), w.notes[:0]
		return true
	}
	w.batch = w.batch[:0]
	for size := 0; len(w.batch) < maxBatch && size < chunk; {
		entry, ok := w.j.ring.take()
		if !ok {
			break
		}
		r := w.j.large.redeem(entry)
		w.batch = append(w.batch, r)
		size += len(r)
	}
	return len(w.batch) > 0
}

// route decides for each record of the batch where it goes, and takes it there.
func (w *writer) route() {
	now := time.Now()
	w.press()
	w.direct = w.direct[:0]
	for _, r := range w.batch {
		replayed := r.flags()&flagReplayed != 0
		if !replayed {
			w.j.observe(r)
		}
		switch {
		case replayed && w.j.replay.broken.Load():
		case !replayed && w.governs(r, now):
			w.governor.hold(now)
			w.j.counters.governed.Add(1)
			w.mirror(r, markGoverned)
		case w.pressed && r.level() < slog.LevelWarn:
			w.spill(r)
		default:
			w.direct = append(w.direct, r)
		}
	}
	w.deliver()
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

// governs is whether the governor keeps a record away from journald. It does so
// only where the mirror takes it instead.
func (w *writer) governs(r packed, now time.Time) bool {
	if w.target != Journald || r.level() >= LevelNotice || w.governor.allow(now) {
		return false
	}
	m := w.j.mirror.Load()
	return m != nil && m.err() == nil && m.room(laneOf(r.level()))
}

// deliver hands what is meant for the target to it. What it does not take in time spills.
func (w *writer) deliver() {
	rest := w.direct
	w.sink.prepare(rest)
	revived := false
	for len(rest) > 0 {
		if !w.open() {
			w.spillAll(rest)
			return
		}
		n, err := w.sink.send()
		if n > 0 {
			w.took(rest[:n])
			rest, revived = rest[n:], false
		}
		switch {
		case err == nil:
		case errors.Is(err, errRefused):
			w.refused(rest[0])
			w.sink.skip()
			rest = rest[1:]
		case errors.Is(err, errBusy):
			if w.press(); w.pressed {
				rest = w.shed(rest)
			}
			if !w.bear() {
				w.fall(StateBehind, err)
			}
		case revived || w.revive() != nil:
			w.fall(StateDown, err)
		default:
			revived = true
		}
	}
}

// refused puts a record into the mirror that the target will never take.
func (w *writer) refused(r packed) {
	if r.flags()&flagReplayed != 0 {
		w.j.replay.taken.Add(1) // it is in the mirror, and there is no use in trying again
	} else if w.mirror(r, markSpilled) {
		w.j.counters.spilled.Add(1)
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
	err := w.sink.revive()
	w.sink.doubtful(func(r packed) {
		w.j.counters.unconfirmed.Add(1)
		if w.j.mirror.Load() != nil {
			w.spill(r)
		} else {
			w.outage.begin(r)
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
	w.sink.wait(left)
	return true
}

// shed spills what is below a warning, to get ahead of a ring that fills up, and
// returns what is left for the target.
func (w *writer) shed(recs []packed) []packed {
	kept := recs[:0]
	for _, r := range recs {
		if r.level() < slog.LevelWarn {
			w.spill(r)
		} else {
			kept = append(kept, r)
		}
	}
	w.sink.prepare(kept)
	return kept
}

// took counts records that the target has.
func (w *writer) took(recs []packed) {
	w.blocked = time.Time{}
	w.rise()
	w.j.counters.sent.Add(uint64(len(recs)))
	for _, r := range recs {
		if r.flags()&flagReplayed != 0 {
			w.j.replay.taken.Add(1)
			w.j.counters.replayed.Add(1)
		} else if w.always {
			w.copy(r)
		}
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
	if w.outage.begin(r) {
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

// finish hands on what is left, when the journal is closed.
func (w *writer) finish() {
	w.drain()
	w.lookAfter(time.Now().Add(governorPeriod)) // what is not due yet will never be
	w.drain()
	w.j.release(w.sink)
}

// release lets go of a sink. What that could not hand over is lost.
func (j *Journal) release(s sink) { j.counters.lost.Add(s.close(farewell)) }
