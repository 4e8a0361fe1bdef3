package journal

import "time"

// governor keeps the flow of records to journald below a rate, because the core
// that journald burns is the service's. It belongs to the writer.
type governor struct {
	rate   float64 // records a second; not positive: no bound
	tokens float64
	last   time.Time
	spent  bool // until there are enough for the next few

	// of the period that is reported next
	held   uint64
	report time.Time
}

func (g *governor) set(rate int) {
	switch {
	case rate == 0:
		rate = DefaultRate
	case rate < 0:
		rate = 0
	}
	g.rate = float64(rate)
	g.tokens = min(g.tokens, g.rate)
}

// allow is whether journald gets one more record now. It may get what one
// second allows at once. When that is spent, it gets the records of a tenth of a
// second together, and not each by itself: to wake it costs more than a record.
func (g *governor) allow(now time.Time) bool {
	if g.rate <= 0 {
		return true
	}
	if g.last.IsZero() {
		g.tokens = g.rate
	} else if passed := now.Sub(g.last); passed > 0 {
		g.tokens = min(g.rate, g.tokens+passed.Seconds()*g.rate)
	}
	g.last = now
	if g.spent && g.tokens < g.rate/10 || g.tokens < 1 {
		g.spent = true
		return false
	}
	g.spent = false
	g.tokens--
	return true
}

// hold counts n records that journald was not given.
func (g *governor) hold(n uint64, now time.Time) {
	if g.held == 0 {
		g.report = now.Add(governorPeriod)
	}
	g.held += n
}

// due returns how many records were held back, once a period, else 0.
func (g *governor) due(now time.Time) uint64 {
	if g.held == 0 || now.Before(g.report) {
		return 0
	}
	held := g.held
	g.held = 0
	return held
}
