package tail

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// Tail keeps the last records in memory, a lane beside the others, so that a
// flood of one level does not wash away the last errors. It also hands records
// to those who follow.
type Tail struct {
	mu        sync.Mutex
	lanes     [record.Lanes]history
	lines     *line.JSON
	following atomic.Int32
	followers []*Subscription
}

// New makes one that hands over lines that are JSON.
func New(lines *line.JSON) *Tail { return &Tail{lines: lines} }

// tailBytes is what each lane may hold, in bytes.
var tailBytes = [record.Lanes]int{record.LaneError: 64 << 10, record.LaneWarn: 64 << 10, record.LaneInfo: 128 << 10, record.LaneDebug: 64 << 10}

// Add keeps a record, and hands it to those who follow its level.
func (t *Tail) Add(r record.Packed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := r.Lane()
	t.lanes[n].add(r, tailBytes[n])
	if t.following.Load() > 0 {
		t.publish(r)
	}
}

func (t *Tail) publish(r record.Packed) {
	var line *line.Line
	for _, s := range t.followers {
		if r.Level() < s.level {
			continue
		}
		if line == nil {
			line = t.line(r)
		}
		select {
		case s.lines <- *line:
		default:
			s.missed.Add(1)
		}
	}
}

func (t *Tail) line(r record.Packed) *line.Line {
	text := t.lines.Append(nil, r, line.Unmarked)
	return &line.Line{Time: r.Time(), Level: r.Level(), JSON: text[:len(text)-1]}
}

// Last returns the last n records at level and worse, the oldest first.
func (t *Tail) Last(n int, level slog.Level) []line.Line {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newest(n, level)
}

// Follow is last and subscribe in one step: no record is missed between them.
func (t *Tail) Follow(n int, level slog.Level) ([]line.Line, *Subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newest(n, level), t.enroll(level)
}

// newest is last for those who hold the lock.
func (t *Tail) newest(n int, level slog.Level) []line.Line {
	var found []record.Packed
	for i := range t.lanes {
		for r := range t.lanes[i].all {
			if r.Level() >= level {
				found = append(found, r)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b record.Packed) int { return a.Time().Compare(b.Time()) })
	found = found[max(0, len(found)-max(n, 0)):]
	lines := make([]line.Line, len(found))
	for i, r := range found {
		lines[i] = *t.line(r)
	}
	return lines
}

// history is the last records of one lane, in one piece of memory.
type history struct {
	buf   []byte
	sizes []int // of the records in buf
	first int   // of sizes: what is before it was let go
	start int   // of buf: where the first begins
}

func (h *history) add(r record.Packed, bound int) {
	if len(r) > bound/2 {
		return // one giant is not worth a whole history
	}
	for len(h.buf)-h.start+len(r) > bound {
		h.start += h.sizes[h.first]
		h.first++
	}
	if h.start > bound/2 { // move the rest down once in a while, not each time
		h.buf = h.buf[:copy(h.buf, h.buf[h.start:])]
		h.sizes = h.sizes[:copy(h.sizes, h.sizes[h.first:])]
		h.start, h.first = 0, 0
	}
	h.buf = append(h.buf, r...)
	h.sizes = append(h.sizes, len(r))
}

// all goes through the records, the oldest first.
func (h *history) all(yield func(record.Packed) bool) {
	at := h.start
	for _, n := range h.sizes[h.first:] {
		if !yield(record.Packed(h.buf[at : at+n])) {
			return
		}
		at += n
	}
}

// Subscription hands over records as they are logged.
type Subscription struct {
	tail   *Tail
	level  slog.Level
	lines  chan line.Line
	missed atomic.Uint64
	once   sync.Once
}

// followBuffer is how many lines wait for a follower who is slow.
const followBuffer = 256

// Subscribe follows the records at level and worse.
func (t *Tail) Subscribe(level slog.Level) *Subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.enroll(level)
}

// enroll is subscribe for those who hold the lock.
func (t *Tail) enroll(level slog.Level) *Subscription {
	s := &Subscription{tail: t, level: level, lines: make(chan line.Line, followBuffer)}
	t.followers = append(t.followers, s)
	t.following.Add(1)
	return s
}

// Lines are the records, in the order in which they were written. It is closed by Close.
func (s *Subscription) Lines() <-chan line.Line { return s.lines }

// Missed is how many records were passed over because the follower was slow.
func (s *Subscription) Missed() uint64 { return s.missed.Load() }

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.once.Do(func() {
		t := s.tail
		t.mu.Lock()
		defer t.mu.Unlock()
		t.followers = slices.DeleteFunc(t.followers, func(other *Subscription) bool { return other == s })
		t.following.Add(-1)
		close(s.lines)
	})
}
