package journal

import (
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
	governed []packed // of batch, what the governor keeps away from it
	behind   []packed // of batch, what it has no time for
	scratch  []packed // what fresh has returned
	kept     []kept   // what of the ring is not forgotten yet, the oldest first

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
		if busy || len(w.kept) > 0 {
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
		w.keep()
		w.j.routed.Store(w.j.ring.next)
		w.j.beacon.flash()
	}
	w.forget()
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
	governing := w.governing()
	w.direct, w.governed, w.behind = w.direct[:0], w.governed[:0], w.behind[:0]
	for _, r := range w.batch {
		replayed := r.replayed()
		if !replayed {
			w.j.observe(r)
		}
		switch {
		case replayed && w.j.replay.broken.Load():
		case !replayed && governing && w.governs(r, now):
			w.governed = append(w.governed, r)
		case w.pressed && r.level() < slog.LevelWarn:
			w.behind = append(w.behind, r)
		default:
			w.direct = append(w.direct, r)
		}
	}
	w.hold(w.governed, now)
	w.spill(w.behind)
	w.deliver()
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
