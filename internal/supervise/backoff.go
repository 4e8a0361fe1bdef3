package supervise

import (
	"time"

	"github.com/gind/gind/internal/backoff"
)

// pauses of one program before it is started again.
type pauses struct {
	Backoff
	failures int // in a row
}

// next is how long to wait after a run that took so long.
func (p *pauses) next(ran time.Duration) time.Duration {
	if ran >= p.Healthy {
		p.failures = 0
		return 0
	}
	p.failures++
	return backoff.Pauses{First: p.First, Min: p.Min, Max: p.Max}.After(p.failures)
}

// clear has the sequence begin anew.
func (p *pauses) clear() { p.failures = 0 }

// crashes are those of one program.
type crashes struct {
	CrashLoop
	counted backoff.Crashes
}

// add counts one more, and reports whether it is one too many.
func (c *crashes) add(now time.Time) bool {
	return c.counted.Add(now, backoff.Limit{Crashes: c.Crashes, Window: c.Window})
}

func (c *crashes) clear() { c.counted.Clear() }
