package journal

import (
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/ring"
)

// inherit logs what processes before this one have left in their rings, beside what
// this one logs: it may be more than the ring holds, and wait for a target. A ring is
// forgotten when what was in it is where it belongs; somebody who ends before leaves
// it to the next one.
func (j *Journal) inherit(left []ring.Left) {
	if len(left) == 0 {
		return
	}
	j.inherited = make(chan struct{})
	j.beside.Go(func() {
		all := true
		for i := 0; i < len(left) && all; i++ {
			all = j.logLeft(left[i])
		}
		close(j.inherited)
		if !all || j.settled(j.life) != nil {
			return
		}
		for _, l := range left {
			l.Forget()
		}
	})
}

// logLeft logs what one process has left, and reports whether that is all in the ring.
func (j *Journal) logLeft(l ring.Left) bool {
	records, lost := leftRecords(l)
	if len(records)+lost > 0 {
		j.own(LevelNotice, EventInherited, "the process "+strconv.Itoa(l.PID)+" has ended without a word; what it logged last follows",
			slog.Int("previous_pid", l.PID), slog.Int("records", len(records)), slog.Int("lost", lost))
	}
	for _, r := range records {
		if !j.offer(r.Of(l.PID)) {
			return false
		}
	}
	return true
}

// offer puts a record into the ring that can wait for room there, for it lies in
// another one: until the journal is closed, if need be.
func (j *Journal) offer(r record.Packed) bool {
	const longest = time.Duration(math.MaxInt64)
	size := j.ring.Size()
	limit := max(kindOf(r).reach(size), min(3*uint64(len(r)), size*3/4)) // a large one fits at all, whatever is skipped
	ok := j.beacon.Wait(longest, j.quit, func() bool {
		_, _, ok := j.ring.Put(r, limit)
		return ok
	})
	j.wake()
	return ok
}

// leftRecords are the records that a process has left and that nobody has logged,
// and how many of them are lost.
func leftRecords(l ring.Left) (records []record.Packed, lost int) {
	lost = l.Lost
	for _, s := range l.Strings {
		switch r := record.Packed(s); {
		case !r.Valid():
			lost++ // it was too large for the ring, and went away with its process
		case r.Flags()&record.FlagInherited == 0: // the others are in the file that they come from, or logged
			records = append(records, r)
		}
	}
	if l.Deleted {
		return nil, lost + len(records)
	}
	return records, lost
}
