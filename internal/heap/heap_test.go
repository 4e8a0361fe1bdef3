package heap

import (
	"runtime"
	"testing"
	"time"
)

func TestSmallHeapsGrowToTheFloorAndLargeOnesDouble(t *testing.T) {
	for live, want := range map[uint64]int{
		0:       1600,
		2 << 20: 1500,
		4 << 20: 700,
		8 << 20: 300, 16 << 20: 100, 1 << 30: 100,
	} {
		if got := percent(live, 32<<20); got != want {
			t.Errorf("live %d MiB: GOGC %d, want %d", live>>20, got, want)
		}
	}
}

func TestCollectionsAreNoticed(t *testing.T) {
	noticed := make(chan struct{}, 100)
	afterEachCollection(func() { noticed <- struct{}{} })
	for range 3 {
		runtime.GC()
		select {
		case <-noticed:
		case <-time.After(5 * time.Second):
			t.Fatal("a collection passed without notice")
		}
	}
}
