package succession

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/trial"
)

// Order says what an upgrade is to start.
type Order struct {
	// Force takes a successor also if its answer is worse.
	Force bool
	// Back is to the program before, To to the one at a path; else to the one on disk
	// in the place of the one that was started.
	Back bool
	To   string
}

func (o Order) chooses() bool { return o.Back || o.To != "" }

// command is what starts the successor that is ordered.
func (s *Succession) command(ctx context.Context, o Order) (handoff.Command, error) {
	command := s.started()
	switch {
	case o.Back:
		command.Path = s.Programs.Back(s.onTrial.Load())
		if command.Path == "" {
			return command, errors.New("there is no program before this one: packages keep one, and so does an upgrade to a program elsewhere")
		}
	case o.To != "":
		command.Path = o.To
	}
	if o.chooses() {
		if err := trial.Check(command.Path, os.Geteuid()); err != nil {
			return command, fmt.Errorf("%s is not started: %w", command.Path, err)
		}
	}
	command.Folder = s.folder(ctx, command.Folder)
	return command, nil
}

// started is the command that started this process. Where a start goes through a link,
// its first argument alone says which program is upgraded.
func (s *Succession) started() handoff.Command {
	command := handoff.Started()
	if s.Programs.Linked() {
		command = command.Named()
	}
	if command.Path == s.Programs.Link {
		command.Path = handoff.Running()
	}
	return command
}

// OnDisk is the program that an upgrade would start, whether that is another than the
// one that runs, and whether there is one.
func (s *Succession) OnDisk() (path string, other, exists bool) {
	path = s.started().Path
	same, exists := handoff.Runs(path)
	return path, !same, exists
}
