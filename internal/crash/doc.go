// Package crash keeps what a process leaves behind that does not end as it was
// asked to, and finds it in the next one.
//
// A process that runs has a file of its own in a folder, running-*.txt, and holds
// its lock. The Go runtime writes into it what it prints when it ends the process
// (an unrecovered panic, a concurrent map write, a stack overflow, SIGABRT), and
// [Recorder.Note] what was noticed before that. A process that ends well removes
// it. A file that nobody holds the lock of is that of a process which crashed, was
// killed or lost its machine: the next [Open] makes it a numbered [Report].
// Several processes may share the folder, as in an upgrade.
//
// The folder is bounded: so many reports, each of so many bytes.
package crash

// Bounds of what is kept.
const (
	// MaxReports is how many reports are kept, the newest.
	MaxReports = 20
	// MaxBytes is how long a report is at most: its beginning is kept.
	MaxBytes = 4 << 20
	// maxStacks is how much of the goroutines' stacks a note has.
	maxStacks = 1 << 20
)
