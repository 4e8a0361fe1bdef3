//go:build !linux && !darwin && !freebsd

package stream

import (
	"io"
	"os"
)

// openStderr is standard error.
func openStderr() (io.Writer, func(), error) { return os.Stderr, func() {}, nil }
