package journal

import (
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// counters is what Stats shows, as it is counted.
type counters struct {
	records     [record.Lanes]atomic.Uint64
	sent        atomic.Uint64
	spilled     atomic.Uint64
	overflowed  atomic.Uint64 // spilled by whoever logged them, and not in a notice yet
	unconfirmed atomic.Uint64
	governed    atomic.Uint64
	replayed    atomic.Uint64
	lost        atomic.Uint64
	unawaited   atomic.Uint64
}

// waiting is how many bytes of the ring hold what nobody has taken. What the ring
// keeps beside it until the files have it (keep.go) waits for the disk, not for
// somebody to take it.
func (j *Journal) waiting() uint64 {
	routed := j.routed.Load() // first, because the end never falls behind it
	return j.ring.End() - routed
}

// targetState is how the target takes records.
type targetState struct {
	State
	target Target
	since  time.Time
	err    error
}

// setState notes how the target takes records, from now on.
func (j *Journal) setState(s State, err error) {
	next := &targetState{State: s, since: time.Now(), err: err}
	if old := j.state.Load(); old != nil {
		next.target = old.target
		if old.State == s {
			next.since = old.since
		}
	}
	j.state.Store(next)
}
