package program

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/winsvc"
)

// manage the service that Windows' service manager has, or is to have.
func (p *Program) manage(ctx context.Context, in command.Input, r command.ManageRequest) (report string, err error) {
	switch r.Action {
	case command.ManageInstall:
		spec, err := p.spec(in, r)
		if err != nil {
			return "", err
		}
		return winsvc.Install(spec, r.DryRun)
	case command.ManageUninstall:
		return winsvc.Uninstall(ctx, r.Name, r.DryRun)
	case command.ManageStart:
		return winsvc.StartService(ctx, r.Name)
	case command.ManageStop:
		return winsvc.StopService(ctx, r.Name)
	case command.ManageReload:
		return winsvc.ReloadService(r.Name)
	default:
		return winsvc.ServiceStatus(r.Name)
	}
}

// spec of a service that runs this program with the config that a flag names.
func (p *Program) spec(in command.Input, r command.ManageRequest) (winsvc.Spec, error) {
	spec := winsvc.Spec{Name: r.Name, Description: p.Short, Account: r.Account, Args: []string{"serve"}}
	var err error
	if spec.Program, err = os.Executable(); err != nil {
		return spec, fmt.Errorf("install the service %s: which program this is: %w", r.Name, err)
	}
	if !in.Explicit {
		return spec, nil
	}
	file, err := filepath.Abs(in.ConfigFile)
	if err == nil {
		_, err = os.Stat(file)
	}
	if err != nil {
		return spec, fmt.Errorf("install the service %s: its config: %w", r.Name, err)
	}
	spec.Args = append(spec.Args, "--config", file)
	return spec, nil
}
