package output

import (
	"log/slog"
	"sync"
)

// maxQueued is how many bytes of lines wait for the handler, besides those
// that it is being handed. When there are more, lines are dropped, or the
// program has to wait. Errors have as much room again.
const maxQueued = 256 << 10

// queue is between the one who reads lines and the one who hands them on.
type queue struct {
	wait  bool
	ready chan struct{} // something was put, or the end was reached; one is enough
	room  chan struct{} // everything was taken

	mu    sync.Mutex
	text  []byte
	lines []line // parts of text
	end   bool
}

func newQueue(wait bool) *queue {
	return &queue{wait: wait, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put adds lines, which are parts of text, and returns how many had no room.
// For those that must not be dropped it waits.
func (q *queue) put(text []byte, lines []line) (dropped uint64) {
	if len(lines) == 0 {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range lines {
		patient := q.wait || l.mark.level >= slog.LevelError
		for patient && q.full(l) {
			q.awaitRoom()
		}
		if q.full(l) {
			dropped++
			continue
		}
		from := len(q.text)
		q.text = append(q.text, text[l.from:l.to]...)
		q.lines = append(q.lines, line{int32(from), int32(len(q.text)), l.mark})
	}
	signal(q.ready)
	return dropped
}

// full reports whether there is no room for l. Short lines cost more than their
// bytes, and the first one always has room.
func (q *queue) full(l line) bool {
	const each = 32
	room := maxQueued
	if l.mark.level >= slog.LevelError {
		room *= 2
	}
	return len(q.lines) > 0 && len(q.text)+each*len(q.lines)+int(l.to-l.from) > room
}

func (q *queue) awaitRoom() {
	signal(q.ready)
	q.mu.Unlock()
	<-q.room
	q.mu.Lock()
}

// finish says that nothing more will be put.
func (q *queue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.end = true
	signal(q.ready)
}

// take takes everything and leaves the given buffers in exchange. It reports
// false when nothing more will come.
func (q *queue) take(text []byte, lines []line) ([]byte, []line, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	text, q.text = q.text, text[:0]
	lines, q.lines = q.lines, lines[:0]
	signal(q.room)
	return text, lines, !q.end
}

// shrink lets go of the memory of a queue that is empty.
func (q *queue) shrink() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lines) == 0 {
		q.text, q.lines = nil, nil
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
