// Package heap keeps small heaps from being collected all the time.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// KeepFloor lets the heap grow to floor bytes before it is collected: below that
// a collection is not worth its work. A program with a live heap of a few megabytes
// would otherwise collect a hundred times a second under load. Larger heaps are
// collected as Go's default has it (GOGC=100), and where GOGC or GOMEMLIMIT is set
// nothing is touched. It is called once.
func KeepFloor(floor uint64) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	adjust(floor)
	afterEachCollection(func() { adjust(floor) })
}

func adjust(floor uint64) {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	wanted := percent(sample[0].Value.Uint64(), floor)
	// Setting it stops the world for a moment: not for little.
	if now := int(sample[1].Value.Uint64()); wanted < now*9/10 || wanted > now*11/10 {
		debug.SetGCPercent(wanted)
	}
}

// percent is the GOGC with which a live heap grows to the floor, or doubles if
// that is more.
func percent(live, floor uint64) int {
	const usual, most = 100, 1600
	live = max(live, 1<<20)
	if live >= floor/2 {
		return usual
	}
	return min(int(floor*100/live)-100, most)
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
