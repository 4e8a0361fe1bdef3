package spool

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// Spool stands between those who must not wait and a file that makes one wait:
// a full pipe, a slow disk, a dead server. Lines collect in bounded memory, a
// lane for each file, and one goroutine writes them, the worst level first.
type Spool struct {
	bound  int
	beacon *beacon.Beacon
	lane   func(record.Packed) record.Lane
	out    func(record.Lane, []byte) (int, error)
	state  func(err error)

	mu     sync.Mutex
	format line.Appender
	lanes  [record.Lanes]backlog

	added, done [record.Lanes]atomic.Uint64 // lines; done are written
	born        time.Time                   // its clock is the monotonic one, which nobody sets
	busy        atomic.Int64                // when the write under way began, in nanoseconds since then; 0: none is
	failure     atomic.Pointer[failure]
	retry       time.Time // when writing is tried again after it failed

	wakeup chan struct{}
	quit   chan struct{}
	ended  chan struct{}
}

// Options is what a spool is made of.
type Options struct {
	Format line.Appender
	Bound  int                                    // of a lane, in bytes
	Beacon *beacon.Beacon                         // flashes when lines are written
	Lane   func(record.Packed) record.Lane        // where a record belongs
	Out    func(record.Lane, []byte) (int, error) // writes whole lines, returns how much was written
	State  func(err error)                        // is told when writing begins to fail (err) and when it works again (nil)
}

// ErrClosed is what those are told who come too late.
var ErrClosed = errors.New("journal: closed")

// backlog is the lines of one file: those that come in, and those being written.
type backlog struct {
	in, out []byte
	at      int // what of out is written
	peak    int // how much came in at once since the last shrink
}

func (b *backlog) size() int { return len(b.in) + len(b.out) - b.at }

// failure is why something does not work, and since when.
type failure struct {
	err   error
	since time.Time
}

const (
	// retryAfter is how long a write that failed is not tried again.
	retryAfter = time.Second

	// Hangs is how long a write takes that is no longer waited for: less than those
	// wait who need their lines written, so that only those wait in vain who did not know.
	Hangs = 200 * time.Millisecond

	// keepBuffer is what an idle lane keeps of each of its buffers, in bytes.
	keepBuffer = 256 << 10
)

// New makes a spool. It writes while Run runs.
func New(o Options) *Spool {
	return &Spool{
		born: time.Now(), bound: o.Bound, beacon: o.Beacon, lane: o.Lane, out: o.Out, state: o.State, format: o.Format,
		wakeup: make(chan struct{}, 1),
		quit:   make(chan struct{}),
		ended:  make(chan struct{}),
	}
}

// Add appends records to their lanes, up to the first whose lane is full, and
// returns how many that were. The lines are written once wake is called.
func (s *Spool) Add(recs []record.Packed, m line.Mark) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range recs {
		if !s.append(r, m) {
			return i
		}
	}
	return len(recs)
}

// AddOne is add of one record.
func (s *Spool) AddOne(r record.Packed, m line.Mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.append(r, m)
}

// append is add for those who hold the lock.
func (s *Spool) append(r record.Packed, m line.Mark) bool {
	n := s.lane(r)
	b := &s.lanes[n]
	before, size := len(b.in), b.size()
	b.in = s.format.Append(b.in, r, m)
	if size > 0 && size+len(b.in)-before > s.bound {
		b.in = b.in[:before]
		return false
	}
	s.added[n].Add(1)
	return true
}

// Room is whether a lane takes more.
func (s *Spool) Room(n record.Lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lanes[n].size() < s.bound/2
}

// Pending is how many bytes wait to be written.
func (s *Spool) Pending() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	for i := range s.lanes {
		n += s.lanes[i].size()
	}
	return int64(n)
}

// Queued is how many lines of a lane were added, from the beginning.
func (s *Spool) Queued(n record.Lane) uint64 { return s.added[n].Load() }

// Written is how many of them are written.
func (s *Spool) Written(n record.Lane) uint64 { return s.done[n].Load() }

// Settled is whether the first upTo lines of a lane are written, or there is no
// point in waiting for it.
func (s *Spool) Settled(n record.Lane, upTo uint64) bool {
	return s.Written(n) >= upTo || s.Err() != nil
}

// Err is why lines are not written: the last write failed, or one hangs.
func (s *Spool) Err() error {
	if f := s.failure.Load(); f != nil {
		return f.err
	}
	if began := s.busy.Load(); began != 0 {
		if took := time.Since(s.born) - time.Duration(began); took >= Hangs {
			return hangError(took)
		}
	}
	return nil
}

// Broken is why the last write failed, nil if it did not; unlike err, it says nothing
// of one that hangs.
func (s *Spool) Broken() error {
	if f := s.failure.Load(); f != nil {
		return f.err
	}
	return nil
}

// Since is when writing began to fail, zero if it does not.
func (s *Spool) Since() time.Time {
	if f := s.failure.Load(); f != nil {
		return f.since
	}
	return time.Time{}
}

type hangError time.Duration

func (e hangError) Error() string {
	return "journal: a write has been taking " + time.Duration(e).Round(time.Millisecond).String()
}

// Ended is closed when the goroutine has ended.
func (s *Spool) Ended() <-chan struct{} { return s.ended }

// Closing is closed when it is to end.
func (s *Spool) Closing() <-chan struct{} { return s.quit }

// Wake lets the goroutine write what was added.
func (s *Spool) Wake() {
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// Unwritten is how many lines are not written.
func (s *Spool) Unwritten() (n uint64) {
	for i := range record.Lanes {
		n += s.Queued(i) - s.Written(i)
	}
	return n
}
