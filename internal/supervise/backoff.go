package supervise

import (
	"math/rand/v2"
	"time"
)

// backoff is the sequence of waits of one program.
type backoff struct {
	Backoff
	wait time.Duration // the last one, 0 before the first
}

// next is how long to wait after a run that took so long.
func (b *backoff) next(ran time.Duration) time.Duration {
	if ran >= b.Healthy {
		b.wait = 0
		return 0
	}
	switch {
	case b.wait == 0:
		b.wait = b.First
	case b.wait < b.Min:
		b.wait *= 2
	}
	if b.wait < b.Min {
		return b.wait
	}
	b.wait = b.Min
	return b.Min + rand.N(max(b.Max-b.Min, 0)+1)
}

// crashes are the times of those that count.
type crashes struct {
	CrashLoop
	times []time.Time
}

// add counts one more, and reports whether it is one too many.
func (c *crashes) add(now time.Time) bool {
	c.times = append(c.times, now)
	for now.Sub(c.times[0]) > c.Window {
		c.times = c.times[1:]
	}
	return len(c.times) >= c.Crashes
}

func (c *crashes) clear() { c.times = nil }
