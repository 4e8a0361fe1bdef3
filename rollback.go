package gind

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/sdnotify"
)

// keptHistory is the history that a service writes: only where systemd keeps a
// folder for it (StateDirectory=).
func (p *program) keptHistory() *config.History {
	if sdnotify.Directory("STATE_DIRECTORY") == "" {
		return nil
	}
	return &config.History{Dir: historyDir(p.options.name)}
}

// history is the one that commands read, also while the service does not run.
func (p *program) history(command.Input) (command.History, error) {
	return kept{&config.History{Dir: historyDir(p.options.name)}}, nil
}

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
		Changes: commandChanges(v.Changes), Entries: entriesOf(v.Entries),
	}
}

func commandChanges(changes []config.Change) []command.Change {
	list := []command.Change{}
	for _, c := range changes {
		list = append(list, command.Change{Key: c.Key, Old: c.Old, New: c.New, Live: c.Live})
	}
	return list
}

// rollbackOrder is the body of POST /config/rollback.
type rollbackOrder struct {
	Version int  `json:"version"`
	Release bool `json:"release"`
}

// orderedRollback answers "gind config rollback".
func (a *application) orderedRollback(ctx context.Context, r *control.Request) (any, error) {
	var order rollbackOrder
	if err := r.Decode(&order); err != nil {
		return nil, err
	}
	if order.Version < 0 || order.Release && order.Version != 0 {
		return nil, &control.Error{Status: http.StatusBadRequest, Text: fmt.Sprintf("there is no version %d", order.Version)}
	}
	if order.Release {
		return verdictOf(a.release(ctx, r.Caller.String())), nil
	}
	return verdictOf(a.rollBack(ctx, order.Version, r.Caller.String())), nil
}
