package supervise

import (
	"sync"

	"github.com/gind/gind/internal/supervise/output"
)

// tally counts what the processes of a program have printed, to the last line:
// some of it is read after their end. Its methods may be called concurrently.
type tally struct {
	mu   sync.Mutex
	open map[*run]bool // whose output has not ended
	done output.Stats  // of the others
}

func (t *tally) add(r *run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[*run]bool{}
	}
	t.open[r] = true
}

// close notes that the output of r has ended.
func (t *tally) close(r *run) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, r)
	t.done = sum(t.done, r.counts())
}

func (t *tally) total() output.Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.done
	for r := range t.open {
		all = sum(all, r.counts())
	}
	return all
}
