package journal

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// put takes a record from whoever logs it, and tries what is decided until somebody
// has it or nobody does. It reports whether anybody ever will again.
func (j *Journal) put(r record.Packed) error {
	k, s := kindOf(r), situation{closed: j.closed.Load()}
	if k.rank == failures {
		s.target, s.mirror = j.openness(), j.room()
	}
	for {
		switch v := decide(k, s); v.to {
		case toRing:
			if j.enqueue(r, k, s, v) {
				return nil
			}
			s.waited = s.ringFull
			s.ringFull, s.target = true, j.openness()
			if s.mirror == noMirror { // or nobody has looked
				s.mirror = j.room()
			}
		case toMirror:
			if j.aside(r, v) {
				return nil
			}
			s.mirror = fullMirror
		default:
			return j.giveUp(r, s)
		}
	}
}

// enqueue puts a record into the ring, if that has room, and waits for what is to be
// waited for.
func (j *Journal) enqueue(r record.Packed, k kind, s situation, v verdict) bool {
	size := j.ring.Size()
	limit := k.reach(size)
	var end, used uint64
	var ok bool
	if s.ringFull {
		end, ok = j.putSoon(r, limit)
	} else {
		end, used, ok = j.ring.Put(r, limit)
	}
	if !ok || v.wait != forRoom || j.sleeping.Load() || used > size*wakesAt/full {
		j.wake()
	}
	if ok && v.wait == forSafety {
		j.await(end, r)
	}
	return ok
}

// giveUp counts a record that nobody takes.
func (j *Journal) giveUp(r record.Packed, s situation) error {
	j.lose()
	if s.closed {
		return errClosed
	}
	j.observe(r)
	return nil
}

// openness is how the target takes records.
func (j *Journal) openness() openness {
	switch s := j.state.Load(); {
	case s.State == StateOK:
		return takes
	case s.State == StateBehind && time.Since(s.since) < behindFor:
		return pauses
	}
	return hangs
}

// room is what the mirror takes, as far as nobody has tried.
func (j *Journal) room() room {
	if j.mirror.Load() == nil {
		return noMirror
	}
	return openMirror
}

// putSoon puts a record into the ring as soon as that has room, unless it is known
// that nobody makes any. Those who wait for it do so in a line: if all of them were
// woken for room that one of them takes, few would get it in time.
func (j *Journal) putSoon(r record.Packed, limit uint64) (end uint64, ok bool) {
	began, late := time.Now(), time.NewTimer(awaited)
	defer late.Stop()
	select {
	case j.line <- struct{}{}:
		defer func() { <-j.line }()
	case <-late.C:
		return 0, false
	case <-j.done:
		return 0, false
	}
	j.beacon.Wait(awaited-time.Since(began), j.done, func() bool {
		end, _, ok = j.ring.Put(r, limit)
		return ok || j.openness() == hangs
	})
	j.wake()
	return end, ok
}

// aside takes a record around the ring: one for which that has no room, or an
// error that the target would not take. The caller himself puts it where the
// writer would spill it to, which slows down whoever logs too much and nobody
// else. He is held up only where he logs faster than a disk that works takes it,
// and no longer than the target would be waited for. It reports whether there is
// a mirror that takes the record.
func (j *Journal) aside(r record.Packed, v verdict) bool {
	m := j.mirror.Load()
	if m == nil || !m.AddOne(r, v.mark) && (v.wait == forNobody || !j.mirrorSoon(m, r, v.mark)) {
		return false
	}
	j.observe(r)
	j.counters.spilled.Add(1)
	j.counters.overflowed.Add(1)
	m.Wake()
	if v.wait == forSafety && !j.awaitSpool(m.Spool, awaited) {
		j.counters.unawaited.Add(1)
	}
	return true
}

// mirrorSoon puts a record into the mirror, and waits for room in one that works.
func (j *Journal) mirrorSoon(m *mirror.Mirror, r record.Packed, why line.Mark) bool {
	if m.AddOne(r, why) {
		return true
	}
	m.Wake()
	j.beacon.Wait(patience, j.quit, func() bool { return m.Room(r.Lane()) || m.Err() != nil })
	return m.AddOne(r, why)
}

// lose counts a record that nobody took.
func (j *Journal) lose() { j.counters.lost.Add(1) }

// observe counts a record, and keeps it in memory.
func (j *Journal) observe(r record.Packed) {
	j.counters.records[r.Lane()].Add(1)
	j.tail.Add(r)
}

// await waits until everything in the ring before end, of which r is the last, is
// with somebody who survives this process. If the wait gets too long, the caller
// puts r into the mirror himself; it may then stand there twice. Where there is none
// he leaves it in the ring, as soon as it is known that nobody takes it.
func (j *Journal) await(end uint64, r record.Packed) {
	deadline := time.Now().Add(awaited)
	m := j.mirror.Load()
	j.beacon.Wait(awaited, j.done, func() bool { return j.routed.Load() >= end || m == nil && j.openness() == hangs })
	done := j.routed.Load() >= end
	if s := j.behind.Load(); done && s != nil && j.state.Load().State == StateOK {
		done = j.awaitSpool(s, time.Until(deadline))
	}
	if !done && m != nil && m.AddOne(r, line.Spilled) {
		done, deadline = true, time.Now().Add(awaited)
	}
	if done && m != nil {
		done = j.awaitSpool(m.Spool, time.Until(deadline))
	}
	if !done && j.unsafe(m) {
		j.counters.unawaited.Add(1)
	}
}

// unsafe is whether a record that is not known to be written may be nowhere: not
// where journald takes records, and only the mirror lags behind.
func (j *Journal) unsafe(m *mirror.Mirror) bool {
	return m == nil || j.behind.Load() != nil || j.state.Load().State != StateOK
}

// awaitSpool waits until the errors that were spooled are written, and reports
// whether they are. One that is only in journald waits for those before it in the
// mirror, which does no harm.
func (j *Journal) awaitSpool(s *spool.Spool, d time.Duration) bool {
	upTo := s.Queued(record.LaneError)
	if s.Written(record.LaneError) < upTo {
		s.Wake()
		j.beacon.Wait(d, j.done, func() bool { return s.Settled(record.LaneError, upTo) })
	}
	return s.Written(record.LaneError) >= upTo
}
