// Package result is what the measuring program tells the one that reports.
package result

import "time"

const (
	// Bursts of records are logged to see what the caller pays.
	Bursts = 4
	// Burst is how many records are in one: eight times what journald's queue holds.
	Burst = 4000
	// Pause is the time between them.
	Pause = 250 * time.Millisecond
	// Flood is how many records are logged to journald without a pause, to see how
	// long it takes until the last can be read.
	Flood = 30_000
	// FileFlood is how many are logged to files: as many as none of the libraries
	// rotates its file for.
	FileFlood = 200_000
)

// Measured is what one run of one library showed.
type Measured struct {
	Calls  []time.Duration // of a record, to its caller; one a burst
	Bytes  []float64       // allocated for a record; one a burst
	Allocs []float64       // allocations for a record; one a burst
	Flood  time.Duration   // from the first record to when the last can be read
}
