package program

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/program/logs"
	"github.com/gind/gind/internal/service/attempts"
	"github.com/gind/gind/internal/service/orders"
	"github.com/gind/gind/internal/settings"
)

// dial finds the running service that the flags mean. What is wrong with the config is
// told where it may be why none is found.
func (p *Program) dial(in command.Input) (command.Service, error) {
	path, mistakes := p.controlSocket(in)
	if path == "" {
		return nil, notFound(fmt.Errorf("no control socket: neither $RUNTIME_DIRECTORY nor a folder %s is there; is the service running?",
			paths.Runtime(p.Name)), mistakes)
	}
	if mistakes != nil && !answers(path) {
		_, err := control.Dial(path)
		return nil, notFound(err, mistakes)
	}
	return remote{orders.Remote{Path: path}}, nil
}

// remote is a running service.
type remote struct{ orders.Remote }

// Reload implements command.Service. In ExecReload= of its unit the mistakes are in
// the service's own record already, in the same journal.
func (r remote) Reload(ctx context.Context) (string, error) {
	report, err := r.Remote.Reload(ctx)
	var bad *command.ConfigError
	if errors.As(err, &bad) && isJournal(os.Stderr) {
		return report, &command.ConfigError{Err: errors.New("the reload is refused, and nothing has changed: the service's record beside this one says why"), Mistakes: bad.Mistakes}
	}
	return report, err
}

// Status implements command.Service. A service that waits before it tries to start again
// answers nobody, but has left word beside its control socket.
func (r remote) Status(ctx context.Context) (text string, value any, err error) {
	if line := attempts.Waiting(filepath.Dir(r.Path)); line != "" {
		return "", nil, fmt.Errorf("the service has not started, and is %s", line)
	}
	return r.Remote.Status(ctx)
}

func notFound(err, mistakes error) error {
	if mistakes == nil {
		return err
	}
	return fmt.Errorf("%w\nThe config is bad:\n%w", err, command.BadConfig(mistakes))
}

// controlSocket is the one that the flags name, or of those that the config has named
// the first where somebody answers: a service stays where it was until it is restarted.
// A bad config names one as far as it can be read; what is wrong with it is the error.
func (p *Program) controlSocket(in command.Input) (path string, mistakes error) {
	if in.ControlSocket != "" {
		return in.ControlSocket, nil
	}
	now, mistakes := p.layers().Loader(in).Peek(context.Background())
	first := paths.ControlSocket(p.Name)
	if now != nil && settings.Of(now).Control.Socket != "" {
		first = settings.Of(now).Control.Socket
	}
	if first != "" && answers(first) {
		return first, mistakes
	}
	for _, path := range append(p.formerSockets(), paths.ControlSocket(p.Name)) {
		if path != "" && path != first && answers(path) {
			return path, mistakes
		}
	}
	return first, mistakes
}

// formerSockets are those that versions of the config named, the newest first.
func (p *Program) formerSockets() []string {
	history := &config.History{Dir: paths.History(p.Name)}
	numbers, err := history.Numbers()
	if err != nil {
		return nil // it is not for everybody
	}
	var sockets []string
	for _, n := range slices.Backward(numbers) {
		version, err := history.Get(n)
		if err != nil {
			continue
		}
		for _, entry := range version.Entries {
			if entry.Key != "control.socket" {
				continue
			}
			if path, err := entry.Text(); err == nil && path != "" && !slices.Contains(sockets, path) {
				sockets = append(sockets, path)
			}
		}
	}
	return sockets
}

// answers reports whether a service can be asked at a socket, or is there and not for
// this user.
func answers(path string) bool {
	client, err := control.Dial(path)
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	_ = client.Close()
	return true
}

// logs prints what the service has logged.
func (p *Program) logs(ctx context.Context, in command.Input, request command.LogRequest) error {
	socket, _ := p.controlSocket(in)
	return logs.Print(ctx, request, socket, p.logFolder(in))
}

// logFolder is where the files of a service are that does not run and cannot be asked.
func (p *Program) logFolder(in command.Input) string {
	if now, _ := p.layers().Loader(in).Peek(context.Background()); now != nil {
		if dir := settings.Of(now).Log.Directory; dir != "" {
			return dir
		}
	}
	return paths.Log(p.Name)
}
