package backoff

import (
	"math/rand/v2"
	"time"
)

// Pauses before something is tried again: First, twice that, and so on while it is less
// than Min, and then a random time from Min to Max.
type Pauses struct{ First, Min, Max time.Duration }

// After is the pause after so many failures in a row. Before the first there is none.
func (p Pauses) After(failures int) time.Duration {
	if failures <= 0 {
		return 0
	}
	pause := p.First
	for range failures - 1 {
		if pause >= p.Min {
			break
		}
		pause *= 2
	}
	if pause < p.Min {
		return pause
	}
	return p.Min + rand.N(max(p.Max-p.Min, 0)+1)
}

// Limit is how many failures in a Window are a crash loop.
type Limit struct {
	Crashes int
	Window  time.Duration
}

// Policy is all that is to be said of what is started again and again.
type Policy struct {
	Pauses
	Limit
	// Healthy is how long it has to be well for its start to count as good.
	Healthy time.Duration
	// GiveUp is how long starts may fail in a row; 0 is for ever.
	GiveUp time.Duration
}

// Crashes are the times of those that count.
type Crashes []time.Time

// Add counts one more, and reports whether it is one too many.
func (c *Crashes) Add(now time.Time, limit Limit) bool {
	times := append(*c, now)
	for now.Sub(times[0]) > limit.Window || len(times) > max(limit.Crashes, 1) {
		times = times[1:]
	}
	*c = times
	return len(times) >= limit.Crashes
}

// Clear forgets them.
func (c *Crashes) Clear() { *c = nil }
