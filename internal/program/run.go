package program

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/winsvc"
)

// Execute does what the command line says and returns the exit status. Where Windows'
// service manager has started the process, it is its service meanwhile.
func (p *Program) Execute(ctx context.Context, args []string) int {
	status, err := winsvc.Run(ctx, func(ctx context.Context, s *winsvc.Service) int {
		p.windows = s
		return p.CommandLine().Execute(ctx, args)
	})
	if err != nil {
		_, _ = io.WriteString(os.Stderr, p.Name+": "+err.Error()+"\n")
	}
	return status
}

// Run is Serve of a process that has no command line of ours.
func (p *Program) Run(ctx context.Context) error {
	var served error
	_, err := winsvc.Run(ctx, func(ctx context.Context, s *winsvc.Service) int {
		p.windows = s
		served = p.Serve(ctx, command.Input{ConfigFile: p.File})
		return command.ExitStatus(served)
	})
	return errors.Join(served, err)
}

// stderr is where errors of commands go.
func (p *Program) stderr() io.Writer {
	if p.windows != nil {
		return p.windows.Errors
	}
	return os.Stderr
}
