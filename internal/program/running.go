package program

import (
	"context"
	"fmt"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/program/logs"
	"github.com/gind/gind/internal/service/orders"
	"github.com/gind/gind/internal/settings"
)

// dial finds the running service that the flags mean.
func (p *Program) dial(in command.Input) (command.Service, error) {
	path := p.controlSocket(in)
	if path == "" {
		return nil, fmt.Errorf("no control socket: neither $RUNTIME_DIRECTORY nor a folder %s is there; is the service running?",
			paths.Runtime(p.Name))
	}
	return orders.Remote{Path: path}, nil
}

// controlSocket is the one that the flags or the config name. A config that can't be
// read, for want of permission or because it is bad, names none.
func (p *Program) controlSocket(in command.Input) string {
	if in.ControlSocket != "" {
		return in.ControlSocket
	}
	if snapshot, err := p.layers().Loader(in).Load(context.Background()); err == nil {
		if path := settings.Of(snapshot).Control.Socket; path != "" {
			return path
		}
	}
	return paths.ControlSocket(p.Name)
}

// logs prints what the service has logged.
func (p *Program) logs(ctx context.Context, in command.Input, request command.LogRequest) error {
	return logs.Print(ctx, request, p.controlSocket(in), p.logFolder(in))
}

// logFolder is where the files of a service are that does not run and cannot be asked.
func (p *Program) logFolder(in command.Input) string {
	if snapshot, err := p.layers().Loader(in).Load(context.Background()); err == nil {
		if dir := settings.Of(snapshot).Log.Directory; dir != "" {
			return dir
		}
	}
	return paths.Log(p.Name)
}
