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
	return kept{&config.History{Dir: paths.History(p.Name)}}, nil
}

var _ command.History = kept{}

// kept is a history as commands see it.
type kept struct{ history *config.History }

// List implements command.History.
func (k kept) List() ([]command.Version, error) {
	versions, err := k.history.List()
	pinned := 0
	if pin, _ := k.history.Pin(); pin != nil {
		pinned = pin.Version
	}
	list := make([]command.Version, len(versions))
	for i, v := range versions {
		list[i] = versionOf(v)
		list[i].Pinned = v.Number == pinned
	}
	return list, err
}

// Get implements command.History.
func (k kept) Get(number int) (command.Version, error) {
	v, err := k.history.Get(number)
	if err != nil {
		return command.Version{}, err
	}
	return versionOf(v), nil
}

// Diff implements command.History.
func (k kept) Diff(a, b int) ([]command.Change, error) {
	changes, err := k.history.Diff(a, b)
	return commandChanges(changes), err
}

func versionOf(v *config.Version) command.Version {
	return command.Version{
		Number: v.Number, Time: v.Time, Who: v.Who, Files: v.Files, SHA256: v.SHA256, RollbackTo: v.RollbackTo, Good: v.Good,
		Changes: commandChanges(v.Changes), Entries: command.EntriesOf(v.Entries),
	}
}

func commandChanges(changes []config.Change) []command.Change {
	list := []command.Change{}
	for _, c := range changes {
		list = append(list, command.Change{Key: c.Key, Old: c.Old, New: c.New, Live: c.Live})
	}
	return list
}
