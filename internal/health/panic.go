package health

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// protect runs the probe and sends its result to done, which has room for it.
// A panic, or a goroutine that the probe ended (runtime.Goexit), is an error.
func protect(ctx context.Context, probe Probe, done chan<- ended) {
	err := errors.New("the probe ended its goroutine")
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v%s", p, origin())
		}
		done <- ended{err}
	}()
	err = probe(ctx)
}

// origin is the place of the panic that is being recovered: the first frame
// below the runtime's own.
func origin() string {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(frame.File), frame.Line)
		}
		panicking = panicking || inRuntime
		if !more {
			return ""
		}
	}
}
