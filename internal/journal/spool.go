package journal

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// spool stands between those who must not wait and a file that makes one wait:
// a full pipe, a slow disk, a dead server. Lines collect in bounded memory, a
// lane for each file, and one goroutine writes them, the worst level first.
type spool struct {
	spoolOptions

	mu    sync.Mutex // guards format, and what it has written
	lanes [record.Lanes]backlog

	added, done [record.Lanes]atomic.Uint64 // lines; done are written
	busy        atomic.Int64                // when the write under way began, in nanoseconds since 1970; 0: none is
	failure     atomic.Pointer[failure]
	retry       time.Time // when writing is tried again after it failed

	wakeup chan struct{}
	quit   chan struct{}
	ended  chan struct{}
}

// spoolOptions is what a spool is made of.
type spoolOptions struct {
	format line.Appender
	bound  int                                    // of a lane, in bytes
	beacon *beacon.Beacon                         // flashes when lines are written
	lane   func(record.Packed) record.Lane        // where a record belongs
	out    func(record.Lane, []byte) (int, error) // writes whole lines, returns how much was written
	state  func(err error)                        // is told when writing begins to fail (err) and when it works again (nil)
}

// errClosed is what is said to those who come too late.
var errClosed = errors.New("journal: closed")

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

	// hangs is how long a write takes that is no longer waited for: less than those
	// wait who need their lines written, so that only those wait in vain who did not know.
	hangs = 200 * time.Millisecond

	// keepBuffer is what an idle lane keeps of each of its buffers, in bytes.
	keepBuffer = 256 << 10
)

func newSpool(o spoolOptions) *spool {
	return &spool{
		spoolOptions: o,
		wakeup:       make(chan struct{}, 1),
		quit:         make(chan struct{}),
		ended:        make(chan struct{}),
	}
}

// add appends records to their lanes, up to the first whose lane is full, and
// returns how many that were. The lines are written once wake is called.
func (s *spool) add(recs []record.Packed, m line.Mark) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range recs {
		if !s.append(r, m) {
			return i
		}
	}
	return len(recs)
}

// addOne is add of one record.
func (s *spool) addOne(r record.Packed, m line.Mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.append(r, m)
}

// append is add for those who hold the lock.
func (s *spool) append(r record.Packed, m line.Mark) bool {
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

// room is whether a lane takes more.
func (s *spool) room(n record.Lane) bool {
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

// queued is how many lines of a lane were added, from the beginning.
func (s *spool) queued(n record.Lane) uint64 { return s.added[n].Load() }

// written is how many of them are written.
func (s *spool) written(n record.Lane) uint64 { return s.done[n].Load() }

// settled is whether the first upTo lines of a lane are written, or there is no
// point in waiting for it.
func (s *spool) settled(n record.Lane, upTo uint64) bool {
	return s.written(n) >= upTo || s.err() != nil
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

// broken is why the last write failed, nil if it did not; unlike err, it says nothing
// of one that hangs.
func (s *spool) broken() error {
	if f := s.failure.Load(); f != nil {
		return f.err
	}
	return nil
}

// since is when writing began to fail, zero if it does not.
func (s *spool) since() time.Time {
	if f := s.failure.Load(); f != nil {
		return f.since
	}
	return time.Time{}
}

type hangError time.Duration

func (e hangError) Error() string {
	return "journal: a write has been taking " + time.Duration(e).Round(time.Millisecond).String()
}

// wake lets the goroutine write what was added.
func (s *spool) wake() {
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// unwritten is how many lines are not written.
func (s *spool) unwritten() (n uint64) {
	for i := range record.Lanes {
		n += s.queued(i) - s.written(i)
	}
	return n
}
