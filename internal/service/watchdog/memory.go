package watchdog

import (
	"context"
	"fmt"
	"time"

	"github.com/gind/gind/internal/health/probe"
	"github.com/gind/gind/internal/journal"
)

const (
	memoryInterval = time.Second
	memoryLow      = 90 // percent of the limit
	memoryWell     = 80
)

// RunMemory writes down what takes the memory before there is none, until ctx ends:
// the kernel lets nobody say anything when it kills.
func (w *Watchdog) RunMemory(ctx context.Context) {
	if _, _, limited := probe.MemoryLimit(); !limited {
		return
	}
	look := time.NewTicker(memoryInterval)
	defer look.Stop()
	for low := false; ; {
		if used, limit, ok := probe.MemoryLimit(); ok {
			low = w.memory(low, used*100/limit, limit)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// memory tells of so many percent of a limit in bytes being in use, if that is news.
func (w *Watchdog) memory(low bool, percent, limit uint64) (stillLow bool) {
	if percent >= memoryLow && !low {
		w.notice(journal.EventMemoryLow, "memory runs out", fmt.Errorf("%d %% of the %d MiB that the service may have are in use", percent, limit>>20))
	}
	if low && percent < memoryWell {
		w.settle()
	}
	return percent >= memoryLow || low && percent >= memoryWell
}
