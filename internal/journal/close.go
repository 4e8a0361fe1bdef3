package journal

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
)

// Flush waits until everything that was logged before it is where it belongs. It
// fails if ctx ends first, or if records wait for a disk that cannot be written.
func (j *Journal) Flush(ctx context.Context) error {
	select {
	case <-j.inherited:
	case <-ctx.Done():
		return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
	}
	return j.settled(ctx)
}

// settled is Flush of what is in the ring.
func (j *Journal) settled(ctx context.Context) error {
	const longest = time.Duration(math.MaxInt64) // ctx says how long
	end := j.ring.End()
	j.wake()
	if !j.beacon.Wait(longest, ctx.Done(), func() bool { return j.routed.Load() >= end || j.ended() }) {
		return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
	}
	if j.routed.Load() < end {
		return fmt.Errorf("journal: flush: %w", errClosed)
	}
	for _, s := range []*spool.Spool{j.behind.Load(), j.spool()} {
		if s == nil {
			continue
		}
		s.Wake()
		for n := range record.Lanes {
			upTo := s.Queued(n)
			if !j.beacon.Wait(longest, ctx.Done(), func() bool { return s.Written(n) >= upTo || s.Broken() != nil }) {
				return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
			}
			if err := s.Broken(); err != nil && s.Written(n) < upTo {
				return fmt.Errorf("journal: flush: %w", err)
			}
		}
	}
	return nil
}

// spool is the mirror's, nil if there is no mirror.
func (j *Journal) spool() *spool.Spool {
	if m := j.mirror.Load(); m != nil {
		return m.Spool
	}
	return nil
}

// errClosed is what those are told who come too late.
var errClosed = spool.ErrClosed

// Close hands over what was logged, in a few seconds at most, and ends. What others
// log meanwhile is taken as long as there is somebody to hand it over; afterwards
// records are refused, and counted as lost. The error says how many were lost.
func (j *Journal) Close() error {
	if j.closing.Swap(true) {
		return errClosed
	}
	j.mu.Lock() // a Reconfigure that has begun makes its end first, and none begins
	defer j.mu.Unlock()
	late := time.AfterFunc(2*farewell, j.end)
	defer late.Stop()
	j.replay.close()
	if j.openness() != hangs { // else it waits for the next process
		select {
		case <-j.inherited:
		case <-time.After(farewell):
		}
	}
	enough := time.AfterFunc(farewell/2, func() { j.closed.Store(true) }) // though others log and log
	defer enough.Stop()
	close(j.quit)
	select {
	case <-j.done:
	case <-time.After(2 * farewell):
	}
	j.closed.Store(true)
	j.beacon.Flash() // whoever waits for the writer need not any more
	if m := j.mirror.Load(); m != nil {
		j.counters.lost.Add(m.Close(farewell))
	}
	j.beside.Wait()
	j.end()
	j.loseRest()
	if j.ringFile != nil {
		j.ringFile()
	}
	j.setState(StateClosed, nil)
	if n := j.counters.lost.Load(); n > 0 {
		return fmt.Errorf("journal: %d records were lost", n)
	}
	return nil
}

// loseRest counts what came into the ring when the writer had just looked there for
// the last time.
func (j *Journal) loseRest() {
	for j.ended() {
		if _, ok := j.ring.Take(); !ok {
			return
		}
		j.lose()
	}
}

func (j *Journal) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}
