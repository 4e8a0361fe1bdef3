package service

import (
	"context"
	"sync"
	"time"
)

// life is what goes on beside the requests of a service. It ends when nothing is left
// to do but to exit, and everything in it is awaited.
type life struct {
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

func newLife() *life {
	l := &life{}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// Go has run go on until life ends.
func (l *life) Go(run func(context.Context)) { l.running.Go(func() { run(l.ctx) }) }

// wait for what went on, once life has ended.
func (l *life) wait(limit time.Duration) (ended bool) {
	done := make(chan struct{})
	go func() {
		l.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
