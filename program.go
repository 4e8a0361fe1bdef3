package gind

import (
	"context"
	"errors"
	"os"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/heap"
	"github.com/gind/gind/internal/settings"
)

// heapFloor is the heap in bytes below which a service does not collect.
const heapFloor = 32 << 20

// program is what Main and Run are called with.
type program struct {
	options options
	setup   func(*Service) error
}

func (p *program) commandLine() *command.Program {
	return &command.Program{
		Name:       p.options.name,
		Short:      p.options.short,
		Build:      p.build(),
		ConfigFile: p.options.file,
		Serve:      p.serve,
		Check:      p.check,
		Show:       p.show,
		Schema:     p.schema,
		Service:    p.dial,
		History:    p.history,
		Crashes:    p.crashReports,
		Alert:      p.alert,
		Logs:       p.logs,
		Own:        p.options.own,
		Out:        os.Stdout,
		Err:        os.Stderr,
	}
}

func (p *program) build() command.Build {
	b := build()
	if p.options.version != "" {
		b.Version = p.options.version
	}
	return b
}

// serve runs the service until it has drained.
func (p *program) serve(ctx context.Context, in command.Input) error {
	heap.KeepFloor(heapFloor)
	predecessor, err := handoff.FindPredecessor()
	if err != nil {
		return err
	}
	app, err := p.assemble(ctx, in, predecessor, p.keptHistory())
	if err != nil {
		return failed(predecessor, err)
	}
	if err := app.run(ctx); err != nil {
		return &command.Reported{Err: err} // the log has it
	}
	return nil
}

// check puts the service together, which reads and checks everything that a
// start would, and takes it apart again.
func (p *program) check(ctx context.Context, in command.Input) error {
	app, err := p.assemble(ctx, in, nil, nil)
	if err != nil {
		return err
	}
	return app.discard()
}

// show lists the merged config.
func (p *program) show(ctx context.Context, in command.Input) ([]config.Entry, error) {
	app, err := p.assemble(ctx, in, nil, nil)
	if err != nil {
		return nil, err
	}
	return app.config.entries(), app.discard()
}

// schema describes the keys, the application's own included. For that the service
// is put together, but no layer is read: a bad file or variable must not stand in
// the way of the editor that would show what is wrong with it.
func (p *program) schema(ctx context.Context, _ command.Input) ([]byte, error) {
	app, err := p.assembleFrom(ctx, defaultsAlone(), nil, nil)
	if err != nil {
		return nil, err
	}
	text, err := app.config.loader.Schema.JSONSchema(p.options.name+".yaml", settings.About)
	return text, errors.Join(err, app.discard())
}
