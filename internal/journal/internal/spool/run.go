package spool

import (
	"bytes"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Run writes until close is called. It calls tick, if there is one, now and then.
func (s *Spool) Run(every time.Duration, tick func(time.Time), orders <-chan func()) {
	defer close(s.ended)
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	again := time.NewTimer(0)
	for {
		select {
		case <-s.wakeup:
		case <-again.C:
		case f := <-orders:
			f()
		case now := <-ticks.C:
			s.shrink()
			tick(now)
		case <-s.quit:
			s.retry = time.Time{}
			s.flush()
			return
		}
		if !s.flush() {
			again.Reset(time.Until(s.retry))
		}
	}
}

// flush writes everything, and reports whether it is written.
func (s *Spool) flush() bool {
	if s.failure.Load() != nil && time.Now().Before(s.retry) {
		return false
	}
	for n := range record.Lanes {
		for s.next(n) {
			if err := s.write(n); err != nil {
				s.retry = time.Now().Add(retryAfter)
				s.Fail(err)
				return false
			}
		}
	}
	return true
}

// next makes the lines that came in the ones to be written, if all those before them are.
func (s *Spool) next(n record.Lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.lanes[n]
	if b.at < len(b.out) {
		return true
	}
	b.peak = max(b.peak, len(b.in))
	b.in, b.out, b.at = b.out[:0], b.in, 0
	return len(b.out) > 0
}

// shrink gives back the memory of lanes that have not needed it since the last time.
func (s *Spool) shrink() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range record.Lanes {
		b := &s.lanes[n]
		if keep := max(keepBuffer, 2*b.peak); b.size() == 0 && max(cap(b.in), cap(b.out)) > keep {
			b.in, b.out, b.at = nil, nil, 0
		}
		b.peak = 0
	}
}

func (s *Spool) write(n record.Lane) error {
	b := &s.lanes[n]
	rest := b.out[b.at:] // out and at change in this goroutine only
	s.busy.Store(max(int64(time.Since(s.born)), 1))
	wrote, err := s.out(n, rest)
	s.busy.Store(0)
	s.mu.Lock()
	b.at += wrote
	s.mu.Unlock()
	s.done[n].Add(uint64(bytes.Count(rest[:wrote], []byte{'\n'})))
	if err == nil {
		s.Fail(nil)
	}
	s.beacon.Flash()
	return err
}

// Fail notes whether writing works, and says so where that is new.
func (s *Spool) Fail(err error) {
	old := s.failure.Load()
	if err == nil {
		if old != nil {
			s.failure.Store(nil)
			s.state(nil)
		}
		return
	}
	since := time.Now()
	if old != nil {
		since = old.since
	}
	s.failure.Store(&failure{err, since})
	s.beacon.Flash()
	if old == nil {
		s.state(err)
	}
}

// Close writes what there is and ends the goroutine, in d at most.
func (s *Spool) Close(d time.Duration) {
	close(s.quit)
	select {
	case <-s.ended:
	case <-time.After(d):
	}
}
