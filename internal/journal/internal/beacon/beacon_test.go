package beacon

import (
	"errors"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journaltest"
)

func TestBeaconWakesEverybodyAndForgetsThem(t *testing.T) {
	var b Beacon
	done := false
	const n = 50
	woken := make(chan bool, n)
	for range n {
		go func() {
			woken <- b.Wait(10*time.Second, nil, func() bool {
				b.mu.Lock()
				defer b.mu.Unlock()
				return done
			})
		}()
	}
	journaltest.Eventually(t, func() error {
		if b.waiting.Load() < n {
			return errors.New("not all of them wait")
		}
		return nil
	})
	b.Flash() // for nothing
	b.mu.Lock()
	done = true
	b.mu.Unlock()
	b.Flash()
	for range n {
		if !<-woken {
			t.Error("one waited in vain")
		}
	}
	if len(b.list) != 0 || b.waiting.Load() != 0 {
		t.Errorf("%d on the list, %d waiting", len(b.list), b.waiting.Load())
	}
	if b.Wait(time.Millisecond, nil, func() bool { return false }) {
		t.Error("what is not is")
	}
	quit := make(chan struct{})
	close(quit)
	if b.Wait(time.Hour, quit, func() bool { return false }) {
		t.Error("what is not is")
	}
}
