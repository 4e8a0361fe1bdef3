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
