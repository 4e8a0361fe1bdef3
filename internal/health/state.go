package health

import (
	"context"
	"time"
)

// notRun is the error of a ready-check that has no verdict yet.
const notRun = "has not run yet"

// state is a check's verdict and how it comes about.
type state struct {
	check   Check
	verdict Verdict

	judged bool // at least one run is over
	passed bool // at least one run passed
	streak int  // runs in a row that speak against the verdict

	stop    context.CancelFunc // of its loop; nil before that runs
	removed bool
}

func newState(c Check, now time.Time) *state {
	s := &state{check: c, verdict: Verdict{Name: c.Name, Kind: c.Kind, OK: c.Kind != Ready, Since: now}}
	if !s.verdict.OK {
		s.verdict.Err = notRun
	}
	return s
}

// result is how one run of a probe ended.
type result struct {
	began   time.Time
	latency time.Duration
	err     error
}

// observe takes one result in and reports whether the verdict changed, which
// includes that a first run failed. A first run that passes is what everybody
// expects, and no change.
func (s *state) observe(r result, now time.Time) (changed bool) {
	pass := r.err == nil
	first := !s.judged
	needed := s.needed()
	s.judged = true
	s.passed = s.passed || pass
	s.count(r)
	if s.verdict.OK == pass {
		s.streak = 0
		return first && !pass
	}
	s.streak++
	if s.streak < needed {
		return false
	}
	s.streak = 0
	s.verdict.OK, s.verdict.Since = pass, now
	return !first || !pass
}

// needed is how many runs in a row turn the verdict.
func (s *state) needed() int {
	switch {
	case s.verdict.OK:
		return s.check.Fall
	case !s.passed:
		return 1
	}
	return s.check.Rise
}

func (s *state) count(r result) {
	v := &s.verdict
	v.LastRun, v.Latency, v.Err = r.began, r.latency, ""
	v.Runs++
	if r.err != nil {
		v.Failures++
		v.Err = oneLine(r.err.Error())
	}
}
