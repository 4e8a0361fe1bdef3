//go:build unix

package program

import (
	"cmp"
	"fmt"
	"os"
	"syscall"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/trial"
)

// beginAnew has the program that is there by now take the place of this one, in the same
// process: with its sockets, and for systemd the same start.
func (p *Program) beginAnew() error {
	linked := trial.Programs{Link: paths.Program(p.Name)}
	path := cmp.Or(linked.Next(), handoff.Started().Path)
	if err := syscall.Exec(path, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start %s anew: %w", path, err)
	}
	return nil
}
