package ring

import "sync/atomic"

// Queue is a ring in which the large have their places kept by tickets, so that one
// of them does not fill it. The strings are longer than eight bytes.
type Queue struct {
	ring
	large large
}

// Most is the largest ring, in bytes.
const Most = 1 << 30

// New makes a queue of at least size bytes, beside which the large ones take up to
// aside bytes.
func New(size, aside int) *Queue {
	return newIn(make([]uint64, sizeOf(size)/8), new(atomic.Uint64), new(atomic.Uint64), aside)
}

func newIn(words []uint64, first, cleared *atomic.Uint64, aside int) *Queue {
	q := &Queue{large: large{held: make(map[uint64][]byte), bound: aside}}
	q.lay(words, first, cleared)
	return q
}

// Put puts a string into the ring if that leaves no more than limit bytes used; where
// it would take too much of the ring, a ticket for it. It returns the position behind
// it and how many bytes are used now. p is copied.
func (q *Queue) Put(p []byte, limit uint64) (end, used uint64, ok bool) {
	if uint64(len(p)) <= q.Size()/4 {
		return q.put(p, limit)
	}
	ticket, ok := q.large.hold(p)
	if !ok {
		return 0, 0, false
	}
	end, used, ok = q.put(ticket, limit)
	if !ok {
		q.large.redeem(ticket)
	}
	return end, used, ok
}

// Take returns the next string, or false if there is none that is complete. It is
// good until free is called. One goroutine takes and frees.
func (q *Queue) Take() ([]byte, bool) {
	entry, ok := q.take()
	if !ok {
		return nil, false
	}
	return q.large.redeem(entry), true
}

// End is the position behind everything that was put.
func (q *Queue) End() uint64 { return q.tail.Load() }

// Read is the position up to which strings were taken. It is for whoever takes.
func (q *Queue) Read() uint64 { return q.next }
