package program

import (
	"context"
	"errors"
	"os"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/heap"
	"github.com/gind/gind/internal/program/layers"
	"github.com/gind/gind/internal/service"
	"github.com/gind/gind/internal/service/checks"
	"github.com/gind/gind/internal/service/serving"
	"github.com/gind/gind/internal/service/succession"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/winsvc"
)

// heapFloor is the heap in bytes below which a service does not collect.
const heapFloor = 32 << 20

// Program is one that has a service.
type Program struct {
	// Name of the service, Short what it is, in one line.
	Name, Short string
	// File is the config that is read unless a flag names another.
	File string
	// Values of single keys that the program sets itself.
	Values map[string]string
	// Version of the application; empty for what was Linked.
	Version string
	Linked  Linked
	// Own are commands that this program has and others have not.
	Own []command.Own
	// Setup adds what the application has.
	Setup func(*service.Service) error

	windows *winsvc.Service // this process, where Windows' service manager has started it
}

// CommandLine has the program's commands.
func (p *Program) CommandLine() *command.Program {
	return &command.Program{
		Name:       p.Name,
		Short:      p.Short,
		Build:      p.build(),
		ConfigFile: p.File,
		Serve:      p.Serve,
		Check:      p.check,
		Show:       p.show,
		Schema:     p.schema,
		Service:    p.dial,
		History:    p.history,
		Crashes:    p.crashes,
		Alert:      p.alert,
		Port:       p.port,
		Manage:     p.manage,
		Logs:       p.logs,
		Own:        p.Own,
		Out:        os.Stdout,
		Err:        p.stderr(),
	}
}

func (p *Program) layers() layers.Layers {
	return layers.Layers{Name: p.Name, File: p.File, Values: p.Values, Check: checks.Mistakes}
}

// Serve runs the service until it has drained.
func (p *Program) Serve(ctx context.Context, in command.Input) error {
	heap.KeepFloor(heapFloor)
	predecessor, err := handoff.FindPredecessor()
	if err != nil {
		return err
	}
	o := p.options(p.layers().Loader(in))
	o.Predecessor, o.History = predecessor, p.keptHistory()
	s, err := service.New(ctx, o)
	switch {
	case errors.Is(err, service.ErrStopped):
		return nil
	case errors.Is(err, service.ErrMended):
		return p.beginAnew()
	case err != nil:
		return succession.Failed(predecessor, err)
	}
	if err := s.Run(ctx); err != nil {
		return &command.Reported{Err: err} // the log has it
	}
	return nil
}

// options of the service.
func (p *Program) options(loader *config.Loader) service.Options {
	return service.Options{Name: p.Name, Build: p.build(), Loader: loader, Windows: p.windows, Setup: p.Setup}
}

// inspect puts a service together only to look at it: nothing on the machine changes.
func inspect(ctx context.Context, o service.Options) (*service.Service, error) {
	o.Inspect = true
	return service.New(ctx, o)
}

// show lists the merged config.
func (p *Program) show(ctx context.Context, in command.Input) ([]config.Entry, error) {
	s, err := inspect(ctx, p.options(p.layers().Loader(in)))
	if err != nil {
		return nil, err
	}
	entries := serving.Overruled(s.Entries(), p.passed(ctx))
	return entries, s.Discard()
}

// schema describes the keys, the application's own included. For that the service
// is put together, but no layer is read: a bad file or variable must not stand in
// the way of the editor that would show what is wrong with it.
func (p *Program) schema(ctx context.Context, _ command.Input) ([]byte, error) {
	s, err := inspect(ctx, p.options(p.layers().Defaults()))
	if err != nil {
		return nil, err
	}
	text, err := s.Config().Schema().JSONSchema(p.Name+".yaml", settings.About)
	return text, errors.Join(err, s.Discard())
}
