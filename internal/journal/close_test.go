package journal

import (
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestCloseAndReconfigureTogether: either comes first, and the other knows.
func TestCloseAndReconfigureTogether(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		j := newJournalTo(io.Discard, mustNormal(t, Options{Target: JSON, Mirror: MirrorOptions{Dir: filepath.Join(dir, "a")}}))
		o := j.opts
		o.Mirror.Dir = filepath.Join(dir, "b")
		var both sync.WaitGroup
		both.Go(func() {
			if err := j.Reconfigure(o); err != nil && !errors.Is(err, errClosed) {
				t.Errorf("Reconfigure: %v", err)
			}
		})
		both.Go(func() {
			if err := j.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		both.Wait()
		if err := j.Reconfigure(o); !errors.Is(err, errClosed) {
			t.Errorf("Reconfigure of a closed journal: %v", err)
		}
	}
}

// TestCloseWaitsForAReconfigureThatHasBegun, which would make a mirror that nobody
// closes, or close one that Close has closed.
func TestCloseWaitsForAReconfigureThatHasBegun(t *testing.T) {
	t.Parallel()
	j, _ := openQuiet(t, Options{})
	j.mu.Lock() // as one has it until its end
	closed := make(chan error)
	go func() {
		closed <- j.Close()
		close(closed)
	}()
	select {
	case <-closed:
		t.Error("it is closed meanwhile")
	case <-time.After(100 * time.Millisecond):
	}
	if j.ended() {
		t.Error("the writer has ended meanwhile")
	}
	j.mu.Unlock()
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func mustNormal(t *testing.T, o Options) Options {
	t.Helper()
	o, err := o.normal()
	if err != nil {
		t.Fatal(err)
	}
	return o
}
