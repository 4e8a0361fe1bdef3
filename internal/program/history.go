package program

import (
	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/sdnotify"
)

// keptHistory is the history that a service writes: only where systemd keeps a
// folder for it (StateDirectory=).
func (p *Program) keptHistory() *config.History {
	if sdnotify.Directory("STATE_DIRECTORY") == "" {
		return nil
	}
	return &config.History{Dir: paths.History(p.Name)}
}

// history is the one that commands read, also while the service does not run.
func (p *Program) history(command.Input) (command.History, error) {
	return &config.History{Dir: paths.History(p.Name)}, nil
}
