package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/metrics"
	"time"
)

// DefaultMaxWait is the default of [SchedulerOptions].
const DefaultMaxWait = 500 * time.Millisecond

// SchedulerOptions of [Scheduler].
type SchedulerOptions struct {
	// MaxWait is the most time that one goroutine in a hundred may wait for a
	// processor after it could run, 500 ms by default.
	MaxWait time.Duration
}

// Scheduler passes while goroutines that can run do run: not when busy loops
// hold every processor, or the machine gives the process too little time. It
// looks at what happened since it was last asked, in the runtime's own
// statistics.
func Scheduler(o SchedulerOptions) (Func, error) {
	if o.MaxWait < 0 {
		return nil, errors.New("scheduler: a wait cannot be negative")
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	before, err := waits()
	if err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	return func(context.Context) error {
		now, err := waits()
		if err != nil {
			return err
		}
		wait := now.slowest(before)
		before = now
		if wait > o.MaxWait {
			return fmt.Errorf("goroutines wait %v for a processor, longer than %v", wait.Round(time.Millisecond), o.MaxWait)
		}
		return nil
	}, nil
}

// histogram counts goroutines by how long they waited.
type histogram metrics.Float64Histogram

func waits() (*histogram, error) {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return nil, errors.New("the runtime keeps no statistics of its scheduler")
	}
	return (*histogram)(sample[0].Value.Float64Histogram()), nil
}

// slowest is what one in a hundred waited at least, of those counted in h but
// not yet in before.
func (h *histogram) slowest(before *histogram) time.Duration {
	var total uint64
	for i := range h.Counts {
		total += h.Counts[i] - before.Counts[i]
	}
	var above uint64
	for i := len(h.Counts) - 1; i >= 0; i-- {
		above += h.Counts[i] - before.Counts[i]
		if above > 0 && above*100 >= total {
			return seconds(h.Buckets[i])
		}
	}
	return 0
}

// seconds is a bucket's lower edge, which the runtime leaves open at the bottom.
func seconds(s float64) time.Duration {
	if math.IsInf(s, 0) || s < 0 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}
