package server

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// maxStack bounds the stack in a record, in bytes.
const maxStack = 64 << 10

// caughtPanic is a handler's panic: what it said and where it happened.
type caughtPanic struct {
	value string // on one line
	stack string
	pc    uintptr // as slog.Record wants it; 0 if unknown
}

// catch describes the panic that is being recovered from. It has to be called
// from the deferred function, while the panicking frames are still there.
func catch(value any) *caughtPanic {
	stack := debug.Stack()
	if len(stack) > maxStack {
		stack = append(stack[:maxStack], "\n…"...)
	}
	return &caughtPanic{value: printable(describePanic(value), maxLoggedError), stack: string(stack), pc: panicSite()}
}

// describePanic formats like the runtime does, and survives a value whose own
// methods panic.
func describePanic(value any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("(a %T that cannot be printed)", value)
		}
	}()
	return fmt.Sprint(value)
}

// panicSite returns the program counter of the frame that panicked: the first
// one below runtime.gopanic that is not the runtime's own.
func panicSite() uintptr {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch {
		case frame.Function == "runtime.gopanic":
			panicking = true
		case panicking && !inRuntime && frame.PC != 0:
			return frame.PC + 1 // slog takes it for a return address
		}
		if !more {
			return 0
		}
	}
}
