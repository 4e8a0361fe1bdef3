//go:build linux || darwin || freebsd

package stream

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// openStderr is standard error under a number of its own: where nobody reads any
// more, a write to descriptor 2 ends a Go program (os/signal), one to a copy is
// an error.
func openStderr() (io.Writer, func(), error) {
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: standard error: %w", err)
	}
	f := os.NewFile(uintptr(fd), "stderr")
	return f, func() { _ = f.Close() }, nil
}
