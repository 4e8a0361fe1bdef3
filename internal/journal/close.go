package journal

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Flush waits until everything that was logged before it is where it belongs. It
// fails if ctx ends first, or if records wait for a disk that cannot be written.
func (j *Journal) Flush(ctx context.Context) error {
	const longest = time.Duration(math.MaxInt64) // ctx says how long
	end := j.ring.End()
	j.wake()
	if !j.beacon.Wait(longest, ctx.Done(), func() bool { return j.routed.Load() >= end || j.ended() }) {
		return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
	}
	for _, s := range []*spool{j.behind.Load(), j.spool()} {
		if s == nil {
			continue
		}
		s.wake()
		for n := range record.Lanes {
			upTo := s.queued(n)
			if !j.beacon.Wait(longest, ctx.Done(), func() bool { return s.written(n) >= upTo || s.broken() != nil }) {
				return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
			}
			if err := s.broken(); err != nil && s.written(n) < upTo {
				return fmt.Errorf("journal: flush: %w", err)
			}
		}
	}
	return nil
}

// spool is the mirror's, nil if there is no mirror.
func (j *Journal) spool() *spool {
	if m := j.mirror.Load(); m != nil {
		return m.spool
	}
	return nil
}

// Close hands over what was logged, in a few seconds at most, and ends. Records
// logged afterwards are refused. The error says how many were lost.
func (j *Journal) Close() error {
	if j.closed.Swap(true) {
		return errClosed
	}
	late := time.AfterFunc(2*farewell, j.end)
	defer late.Stop()
	j.replay.close()
	close(j.quit)
	select {
	case <-j.done:
	case <-time.After(2 * farewell):
	}
	if m := j.mirror.Load(); m != nil {
		j.counters.lost.Add(m.close(farewell))
	}
	j.beside.Wait()
	j.end()
	if j.ringFile != nil {
		j.ringFile()
	}
	j.setState(StateClosed, nil)
	if n := j.counters.lost.Load(); n > 0 {
		return fmt.Errorf("journal: %d records were lost", n)
	}
	return nil
}

func (j *Journal) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}
