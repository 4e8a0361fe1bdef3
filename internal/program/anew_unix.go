//go:build unix

package program

import (
	"fmt"
	"os"
	"syscall"

	"github.com/gind/gind/internal/handoff"
)

// beginAnew has the program that is there by now take the place of this one, in the same
// process: with its sockets, and for systemd the same start.
func beginAnew() error {
	path := handoff.Started().Path
	if err := syscall.Exec(path, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start %s anew: %w", path, err)
	}
	return nil
}
