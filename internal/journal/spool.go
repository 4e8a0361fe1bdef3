package journal

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"
)

// spool stands between those who must not wait and a file that makes one wait:
// a full pipe, a slow disk, a dead server. Lines collect in bounded memory, a
// lane for each file, and one goroutine writes them, the worst level first.
type spool struct {
	out    func(lane, []byte) (int, error) // writes whole lines, returns how much was written
	bound  int                             // of a lane, in bytes
	beacon *beacon
	state  func(err error) // is told when writing begins to fail (err) and when it works again (nil)

	mu     sync.Mutex
	format lineFormat
	lanes  [lanes]backlog

	queued, written [lanes]atomic.Uint64 // lines
	busy            atomic.Int64         // when the write under way began, in nanoseconds since 1970; 0: none is
	failure         atomic.Pointer[failure]
	retry           time.Time // when writing is tried again after it failed

	wakeup chan struct{}
	quit   chan struct{}
	done   chan struct{}
}

// backlog is the lines of one file: those that come in, and those being written.
type backlog struct {
	in, out []byte
	at      int // what of out is written
}

func (b *backlog) size() int { return len(b.in) + len(b.out) - b.at }

// failure is why something does not work, and since when.
type failure struct {
	err   error
	since time.Time
}

const (
	// spoolBound is what a lane of the mirror holds while its file cannot be written.
	spoolBound = 4 << 20

	// retryAfter is how long a write that failed is not tried again.
	retryAfter = time.Second

	// hangs is how long a write takes that is no longer waited for.
	hangs = 250 * time.Millisecond

	// keepBuffer is what an idle lane keeps of its memory, in bytes.
	keepBuffer = 256 << 10
)

func newSpool(format lineFormat, bound int, b *beacon, out func(lane, []byte) (int, error)) *spool {
	return &spool{
		out: out, bound: bound, beacon: b, format: format,
		state:  func(error) {},
		wakeup: make(chan struct{}, 1),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
	}
}

// add appends a record to a lane, unless that is full. The line is written once
// wake is called.
func (s *spool) add(n lane, r packed, m mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.lanes[n]
	before, size := len(b.in), b.size()
	b.in = s.format.append(b.in, r, m)
	if size > 0 && size+len(b.in)-before > s.bound {
		b.in = b.in[:before]
		return false
	}
	s.queued[n].Add(1)
	return true
}

// room is whether a lane takes more.
func (s *spool) room(n lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lanes[n].size() < s.bound/2
}

// pending is how many bytes wait to be written.
func (s *spool) pending() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	for i := range s.lanes {
		n += s.lanes[i].size()
	}
	return int64(n)
}

// lines is how many lines of a lane were queued.
func (s *spool) lines(n lane) uint64 { return s.queued[n].Load() }

// settled is whether the first upTo lines of a lane are written, or there is no
// point in waiting for it.
func (s *spool) settled(n lane, upTo uint64) bool {
	return s.written[n].Load() >= upTo || s.err() != nil
}

// err is why lines are not written: the last write failed, or one hangs.
func (s *spool) err() error {
	if f := s.failure.Load(); f != nil {
		return f.err
	}
	if began := s.busy.Load(); began != 0 {
		if took := time.Since(time.Unix(0, began)); took >= hangs {
			return hangError(took)
		}
	}
	return nil
}

type hangError time.Duration

func (e hangError) Error() string {
	return "a write has been taking " + time.Duration(e).Round(time.Millisecond).String()
}

// wake lets the goroutine write what was added.
func (s *spool) wake() {
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// run writes until close is called. It calls tick, if there is one, now and then.
func (s *spool) run(every time.Duration, tick func(time.Time), orders <-chan func()) {
	defer close(s.done)
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
func (s *spool) flush() bool {
	if s.failure.Load() != nil && time.Now().Before(s.retry) {
		return false
	}
	for n := range lanes {
		for s.next(n) {
			if err := s.write(n); err != nil {
				s.retry = time.Now().Add(retryAfter)
				s.fail(err)
				return false
			}
		}
	}
	return true
}

// next makes the lines that came in the ones to be written, if all those before them are.
func (s *spool) next(n lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.lanes[n]
	if b.at < len(b.out) {
		return true
	}
	if cap(b.out) > keepBuffer {
		b.out = nil
	}
	b.in, b.out, b.at = b.out[:0], b.in, 0
	return len(b.out) > 0
}

func (s *spool) write(n lane) error {
	b := &s.lanes[n]
	rest := b.out[b.at:] // out and at change in this goroutine only
	s.busy.Store(time.Now().UnixNano())
	wrote, err := s.out(n, rest)
	s.busy.Store(0)
	s.mu.Lock()
	b.at += wrote
	s.mu.Unlock()
	s.written[n].Add(uint64(bytes.Count(rest[:wrote], []byte{'\n'})))
	if err == nil {
		s.fail(nil)
	}
	s.beacon.flash()
	return err
}

// fail notes whether writing works, and says so where that is new.
func (s *spool) fail(err error) {
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
	s.beacon.flash()
	if old == nil {
		s.state(err)
	}
}

// unwritten is how many lines are not written.
func (s *spool) unwritten() (n uint64) {
	for i := range lanes {
		n += s.queued[i].Load() - s.written[i].Load()
	}
	return n
}

// close writes what there is and ends the goroutine, in d at most.
func (s *spool) close(d time.Duration) {
	close(s.quit)
	select {
	case <-s.done:
	case <-time.After(d):
	}
}
