package journal

import (
	"log/slog"
	"time"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// put takes a record from whoever logs it.
func (j *Journal) put(r record.Packed, level slog.Level) error {
	if j.closed.Load() {
		j.lose()
		return errClosed
	}
	if level >= slog.LevelError {
		j.putError(r, level)
		return nil
	}
	size := j.ring.Size()
	_, used, ok := j.ring.Put(r, reach(size, level))
	if !ok && !j.aside(r, level) {
		j.observe(r)
		j.lose()
	}
	if !ok || j.sleeping.Load() || used > size*wakesAt/full {
		j.wake()
	}
	return nil
}

// putError is put for those who wait: until somebody has the record who survives this
// process, and before that, where the ring is full and there is no mirror, for room.
func (j *Journal) putError(r record.Packed, level slog.Level) {
	m := j.mirror.Load()
	if m != nil && j.state.Load().State != StateOK { // the writer would spill it
		if !j.aside(r, level) {
			j.observe(r)
			j.lose()
		}
		return
	}
	end, _, ok := j.ring.Put(r, j.ring.Size())
	j.wake()
	if !ok && j.aside(r, level) {
		return
	}
	if !ok {
		end, ok = j.putSoon(r)
	}
	if ok {
		j.await(end, r)
	} else {
		j.observe(r)
		j.lose()
	}
}

// putSoon puts a record into the ring as soon as that has room, unless it is known
// that nobody makes any. Those who wait for it do so in a line: if all of them were
// woken for room that one of them takes, few would get it in time.
func (j *Journal) putSoon(r record.Packed) (end uint64, ok bool) {
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
		end, _, ok = j.ring.Put(r, j.ring.Size())
		return ok || j.hangs()
	})
	j.wake()
	return end, ok
}

// hangs is whether it is known that the target takes nothing, so that it is no use
// to wait for it: it is not there, or has been behind for long.
func (j *Journal) hangs() bool {
	s := j.state.Load()
	return s.State != StateOK && (s.State != StateBehind || time.Since(s.since) >= behindFor)
}

// reach is how much of the ring records of a level may fill: the last of it is for
// warnings and worse, and then for errors and worse.
func reach(size uint64, level slog.Level) uint64 {
	switch {
	case level >= slog.LevelError:
		return size
	case level >= slog.LevelWarn:
		return size * warningsTo / full
	}
	return size * othersTo / full
}

// aside takes a record around the ring: one for which that has no room, or an
// error that the target would not take. The caller himself puts it where the
// writer would spill it to, which slows down whoever logs too much and nobody
// else. He is held up only where he logs faster than a disk that works takes it,
// and no longer than the target would be waited for. It reports whether there is
// a mirror that takes the record.
func (j *Journal) aside(r record.Packed, level slog.Level) bool {
	m := j.mirror.Load()
	if m == nil || !j.mirrorSoon(m, r, line.Spilled) {
		return false
	}
	j.observe(r)
	j.counters.spilled.Add(1)
	j.counters.overflowed.Add(1)
	m.Wake()
	if level >= slog.LevelError && !j.awaitSpool(m.Spool, awaited) {
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
	j.beacon.Wait(awaited, j.done, func() bool { return j.routed.Load() >= end || m == nil && j.hangs() })
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
