package governor

import "time"

// Governor keeps the flow of records to journald below a rate, because the core
// that journald burns is the service's. It belongs to the writer.
type Governor struct {
	rate   float64 // records a second; not positive: no bound
	tokens float64
	last   time.Time
	spent  bool // until there are enough for the next few

	// of the period that is reported next
	every  time.Duration
	held   uint64
	report time.Time
}

// New makes one that says what it held back once a period.
func New(period time.Duration) Governor { return Governor{every: period} }

// Rate is the rate.
func (g *Governor) Rate() float64 { return g.rate }

// Next is how long it takes until due returns something; false if nothing is held.
func (g *Governor) Next(now time.Time) (time.Duration, bool) {
	return g.report.Sub(now), g.held > 0
}

// Set sets the rate, in records a second; not positive: no bound.
func (g *Governor) Set(rate int) {
	g.rate = float64(max(rate, 0))
	g.tokens = min(g.tokens, g.rate)
}

// Allow is whether journald gets one more record now. It may get what one
// second allows at once. When that is spent, it gets the records of a tenth of a
// second together, and not each by itself: to wake it costs more than a record.
func (g *Governor) Allow(now time.Time) bool {
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

// Hold counts n records that journald was not given.
func (g *Governor) Hold(n uint64, now time.Time) {
	if g.held == 0 {
		g.report = now.Add(g.every)
	}
	g.held += n
}

// Due returns how many records were held back, once a period, else 0.
func (g *Governor) Due(now time.Time) uint64 {
	if g.held == 0 || now.Before(g.report) {
		return 0
	}
	held := g.held
	g.held = 0
	return held
}
