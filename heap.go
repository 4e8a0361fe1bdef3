package gind

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is the heap below which a collection is not worth its work. A
// service with a live heap of a few megabytes would otherwise collect a hundred
// times a second under load.
const heapFloor = 32 << 20

// keepHeapFloor lets the heap grow to heapFloor before it is collected. Larger
// heaps are collected as Go's default has it (GOGC=100), and where GOGC or
// GOMEMLIMIT is set it is not touched.
func keepHeapFloor() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	adjustCollector()
	afterEachCollection(adjustCollector)
}

func adjustCollector() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	wanted := collectorPercent(sample[0].Value.Uint64())
	// Setting it stops the world for a moment: not for little.
	if now := int(sample[1].Value.Uint64()); wanted < now*9/10 || wanted > now*11/10 {
		debug.SetGCPercent(wanted)
	}
}

// collectorPercent is the GOGC with which a live heap grows to heapFloor, or
// doubles if that is more.
func collectorPercent(live uint64) int {
	const usual, most = 100, 1600
	live = max(live, 1<<20)
	if live >= heapFloor/2 {
		return usual
	}
	return min(int(heapFloor*100/live)-100, most)
}

// afterEachCollection calls f once a garbage collection: when the collector
// finds the object that nobody has.
func afterEachCollection(f func()) {
	type mark struct{ _ [64]byte }
	var next func(*mark)
	next = func(*mark) {
		f()
		runtime.SetFinalizer(new(mark), next)
	}
	runtime.SetFinalizer(new(mark), next)
}
