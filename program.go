package gind

import (
	"context"
	"os"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/handoff"
)

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
		Service:    p.dial,
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
	keepHeapFloor()
	predecessor, err := handoff.FindPredecessor()
	if err != nil {
		return err
	}
	app, err := p.assemble(ctx, in, predecessor)
	if err != nil {
		return failed(predecessor, err)
	}
	return app.run(ctx)
}

// check puts the service together, which reads and checks everything that a
// start would, and takes it apart again.
func (p *program) check(ctx context.Context, in command.Input) error {
	app, err := p.assemble(ctx, in, nil)
	if err != nil {
		return err
	}
	return app.discard()
}

// show lists the merged config.
func (p *program) show(ctx context.Context, in command.Input) ([]command.Entry, error) {
	app, err := p.assemble(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	return app.config.entries(), app.discard()
}
