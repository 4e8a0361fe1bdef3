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
		return errClosed
	}
	if level >= slog.LevelError && j.state.Load().State != StateOK { // the writer would spill it
		j.aside(r, level)
		return nil
	}
	size := j.ring.Size()
	end, used, ok := j.ring.Put(r, reach(size, level))
	if !ok {
		j.wake()
		j.aside(r, level)
		return nil
	}
	if level >= slog.LevelError {
		j.wake()
		j.await(end, r)
	} else if j.sleeping.Load() || used > size*wakesAt/full {
		j.wake()
	}
	return nil
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
// and no longer than the target would be waited for.
func (j *Journal) aside(r record.Packed, level slog.Level) {
	j.observe(r)
	m := j.mirror.Load()
	if m == nil || !j.mirrorSoon(m, r, line.Spilled) {
		j.lose()
		return
	}
	j.counters.spilled.Add(1)
	j.counters.overflowed.Add(1)
	m.Wake()
	if level >= slog.LevelError && !j.awaitSpool(m.Spool, awaited) {
		j.counters.unawaited.Add(1)
	}
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
// puts r into the mirror himself; it may then stand there twice.
func (j *Journal) await(end uint64, r record.Packed) {
	deadline := time.Now().Add(awaited)
	done := j.beacon.Wait(awaited, j.done, func() bool { return j.routed.Load() >= end })
	if s := j.behind.Load(); done && s != nil && j.state.Load().State == StateOK {
		done = j.awaitSpool(s, time.Until(deadline))
	}
	m := j.mirror.Load()
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
