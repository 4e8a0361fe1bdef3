package process

import (
	"fmt"
	"time"
)

// Exit is how a program ended.
type Exit struct {
	// Code is the exit status. On Windows it is what GetExitCodeProcess says.
	Code int
	// Signal that ended the program, 0 if none did.
	Signal int
	// Dumped tells whether the kernel wrote a core file.
	Dumped bool
	// Stolen: something else in this process collected the child, so that
	// neither status nor signal are known.
	Stolen bool
	// MaxMemory is the most memory that the program itself held, in bytes.
	MaxMemory uint64
	// CPU time that the program used, that of its collected children included.
	CPU time.Duration
}

// Success reports whether the program ended by itself with status 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 && !e.Stolen }

// Status is what a shell would have in $?: the exit status, or 128 and the
// number of the signal.
func (e Exit) Status() int {
	switch {
	case e.Stolen:
		return 1
	case e.Signal != 0:
		return 128 + e.Signal
	}
	return e.Code
}

// String is "exit status 3", "exit status 0xC0000005" where Windows ended it,
// "signal SIGSEGV", "signal SIGABRT (core dumped)".
func (e Exit) String() string {
	switch {
	case e.Stolen:
		return "ended, status unknown"
	case e.Signal == 0 && uint32(e.Code) >= 1<<16: // an NTSTATUS
		return fmt.Sprintf("exit status 0x%X", uint32(e.Code))
	case e.Signal == 0:
		return fmt.Sprintf("exit status %d", e.Code)
	case e.Dumped:
		return "signal " + signalName(e.Signal) + " (core dumped)"
	}
	return "signal " + signalName(e.Signal)
}
