package background

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Protect turns a panic of the application's code into an error with its stack.
func Protect(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicError{cause: cause, stack: string(debug.Stack())}
		}
	}()
	return run(ctx)
}

// panicError is a panic in the application's code, outside of a request.
type panicError struct {
	cause any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.cause) }
