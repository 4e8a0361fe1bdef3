package program

import (
	"errors"
	"fmt"
	"os"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/paths"
)

func (p *Program) crashFolder() crash.Folder { return crash.Folder{Dir: paths.Crashes(p.Name)} }

var _ command.Crashes = reports{}

// reports are crashes as commands see them.
type reports struct{ folder crash.Folder }

func (p *Program) crashes(command.Input) (command.Crashes, error) {
	return reports{p.crashFolder()}, nil
}

// List implements command.Crashes.
func (r reports) List() ([]command.Crash, error) {
	list, err := r.folder.List()
	crashes := make([]command.Crash, len(list))
	for i, one := range list {
		crashes[i] = crashOf(one)
	}
	return crashes, err
}

// Get implements command.Crashes.
func (r reports) Get(number int) (command.Crash, string, error) {
	if number == 0 {
		number = r.folder.Total()
	}
	one, text, err := r.folder.Read(number)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w (are you root, or in the service's group?)", err)
	}
	return crashOf(one), text, err
}

func crashOf(r crash.Report) command.Crash {
	return command.Crash{
		Number: r.Number, Time: r.Ended, PID: r.PID, Version: r.Version,
		Kind: string(r.Kind), Reason: r.Reason, Place: r.Place, Path: r.Path,
	}
}
