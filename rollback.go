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
	return &config.History{Dir: historyDir(p.options.name)}, nil
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
