package journal

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/governor"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/line"
)

// writer is the one goroutine that takes records out of the ring and hands them
// on: to the target, or to the mirror.
type writer struct {
	j      *Journal
	sink   sink.Sink
	doubts sink.Doubter // of sink; nil: what it takes is read
	target Target
	always bool // the mirror gets every record

	governor governor.Governor
	outage   outage
	notes    []record.Packed // records of this package's own, which go first
	batch    []record.Packed
	places   []uint64        // in the ring, of each in the batch
	outbox   outbox          // what is meant for the target
	governed []record.Packed // of batch, what the governor keeps away from it
	behind   []record.Packed // of batch, what it has no time for
	scratch  []record.Packed // what fresh has returned
	kept     []kept          // what of the ring is not forgotten yet, the oldest first

	pressed   bool      // the ring fills faster than the target takes
	blocked   time.Time // since when the target has taken nothing; zero: it takes
	nextProbe time.Time // when a target that takes nothing is tried again
	backoff   time.Duration
	confirmed time.Time // when the target was last asked what it has read
}

func newWriter(j *Journal, out outlet, o Options) *writer {
	w := &writer{j: j, governor: governor.New(governorPeriod)}
	w.aim(out, o.Target.Resolve(o.Socket))
	w.configure(o)
	return w
}

// configure takes over options.
func (w *writer) configure(o Options) {
	w.always = o.Mirror.Mode == Always
	w.governor.Set(o.rate())
	w.j.replay.on.Store(o.Replay)
}

// aim has records go to a target from now on.
func (w *writer) aim(out outlet, t Target) {
	w.sink, w.doubts, w.target = out.sink, out.doubts, t
	w.blocked, w.nextProbe = time.Time{}, time.Time{}
	w.j.behind.Store(out.behind)
	w.j.state.Store(&targetState{StateOK, t, time.Now(), nil})
}

// turn is aim of a writer that has had another target, which is let go of meanwhile.
func (w *writer) turn(out outlet, t Target) {
	old := w.sink
	w.j.beside.Go(func() { w.j.release(old) })
	w.aim(out, t)
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
			if w.j.ring.End() != w.j.ring.Read() { // it came just now
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
		w.settle()
	}
	if w.outbox.len() > 0 { // it may be due again
		w.deliver()
		w.settle()
	}
	w.forget()
	return busy
}

// settle lets everybody know how far the ring is with somebody else.
func (w *writer) settle() {
	upTo := w.outbox.upTo(w.j.ring.Read())
	w.keep(upTo)
	w.j.routed.Store(upTo)
	w.j.beacon.Flash()
}

// load fills the batch: with notes, if there are any, else from the ring.
func (w *writer) load() bool {
	w.batch, w.places = w.batch[:0], w.places[:0]
	if len(w.notes) > 0 {
		for _, r := range w.notes {
			w.batch, w.places = append(w.batch, r), append(w.places, w.j.ring.Read())
		}
		w.notes = w.notes[:0]
		return true
	}
	for size := 0; len(w.batch) < sink.MostAtOnce && size < batchBytes; {
		place := w.j.ring.Read()
		r, ok := w.j.ring.Take()
		if !ok {
			break
		}
		w.batch, w.places = append(w.batch, r), append(w.places, place)
		size += len(r)
	}
	return len(w.batch) > 0
}

// route asks for each record of the batch where it goes, and takes it there.
func (w *writer) route() {
	now := time.Now()
	w.press()
	s := w.situation(now)
	governing := w.governing()
	w.governed, w.behind = w.governed[:0], w.behind[:0]
	for i, r := range w.batch {
		k := kindOf(r)
		if k.origin != replayed {
			w.j.observe(r)
		}
		s.broken = k.origin == replayed && w.j.replay.broken.Load()
		s.overRate = governing && k.rank == others && k.origin != replayed && !w.governor.Allow(now)
		w.sort(r, w.places[i], decide(k, s))
	}
	w.hold(w.governed, now)
	w.spill(w.behind)
	w.deliver()
}

// situation is what there is to say to all records of a batch.
func (w *writer) situation(now time.Time) situation {
	s := situation{byWriter: true, mirror: w.j.room(), pressed: w.pressed}
	if w.j.state.Load().State != StateOK {
		s.pressed = false // the mirror takes all of them, or the ring
		if now.Before(w.nextProbe) {
			s.target = w.j.openness()
		}
	}
	return s
}

// sort puts a record, which stands in the ring at a place, with those that go the same way.
func (w *writer) sort(r record.Packed, place uint64, v verdict) {
	switch {
	case v.to == toTarget, v.to == toRing:
		w.outbox.add(r, place)
	case v.to == elsewhere:
		w.j.replay.broken.Store(true)
	case v.mark == line.Governed:
		w.governed = append(w.governed, r)
	default:
		w.behind = append(w.behind, r)
	}
}

// finish hands on what is left, when the journal is closed.
func (w *writer) finish() {
	w.drain()
	w.lookAfter(time.Now().Add(governorPeriod)) // what is not due yet will never be
	w.drain()
	w.lastCall()
	w.j.closed.Store(true)
	w.drain() // what came before that
	w.abandon()
	w.j.release(w.sink)
}

// lastCall waits for a target that does not take what is left, where nobody else does.
func (w *writer) lastCall() {
	for until := time.Now().Add(farewell / 2); w.outbox.len() > 0 && time.Now().Before(until); {
		time.Sleep(probeFirst)
		w.nextProbe = time.Time{}
		w.drain()
	}
}

// abandon counts what nobody has taken, at the end.
func (w *writer) abandon() {
	for _, r := range w.outbox.head(w.outbox.len()) {
		if r.Flags()&record.FlagInherited == 0 { // the others are left where they were
			w.lose()
		}
	}
	w.outbox.drop(w.outbox.len())
}

// release lets go of a sink. What that could not hand over is lost.
func (j *Journal) release(s sink.Sink) { j.counters.lost.Add(s.Close(farewell)) }
