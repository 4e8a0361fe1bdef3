package beacon

import (
	"sync"
	"sync/atomic"
	"time"
)

// Beacon wakes those who wait for something to have happened. Waiting and
// waking allocate nothing.
type Beacon struct {
	waiting atomic.Int32
	mu      sync.Mutex
	list    []*waiter
}

type waiter struct {
	woken chan struct{}
	timer *time.Timer
	place int // in the list, counted from one; zero: not there
}

var waiters = sync.Pool{New: func() any {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &waiter{woken: make(chan struct{}, 1), timer: t}
}}

// Flash wakes everybody who waits. Whoever makes a condition true calls it afterwards.
func (b *Beacon) Flash() {
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.list {
		w.place = 0
		select {
		case w.woken <- struct{}{}:
		default:
		}
	}
	clear(b.list)
	b.list = b.list[:0]
}

// Wait waits until cond is true, for at most d or until quit is closed, and
// reports whether it is.
func (b *Beacon) Wait(d time.Duration, quit <-chan struct{}, cond func() bool) bool {
	if cond() {
		return true
	}
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	w := waiters.Get().(*waiter)
	w.timer.Reset(d)
	defer b.leave(w)
	for {
		b.enlist(w)
		if cond() { // it may have become true before anybody knew of us
			return true
		}
		select {
		case <-w.woken:
		case <-w.timer.C:
			return cond()
		case <-quit:
			return cond()
		}
	}
}

func (b *Beacon) enlist(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.place == 0 {
		b.list = append(b.list, w)
		w.place = len(b.list)
	}
}

// leave takes w off the list and makes it ready for the next one who waits.
func (b *Beacon) leave(w *waiter) {
	w.timer.Stop()
	b.mu.Lock()
	if at := w.place - 1; at >= 0 {
		last := len(b.list) - 1
		b.list[at] = b.list[last]
		b.list[at].place = at + 1
		b.list[last] = nil
		b.list = b.list[:last]
		w.place = 0
	}
	b.mu.Unlock()
	select {
	case <-w.woken:
	default:
	}
	waiters.Put(w)
}
