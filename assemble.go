package gind

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/server"
)

// assemble puts a service together: config, log, router, then the application's
// setup, then the config again with the application's sections. Nothing is
// served yet. With a history, versions of the config are kept in it, and the
// last good one stands in for a bad one.
func (p *program) assemble(ctx context.Context, in command.Input, predecessor *handoff.Predecessor, history *config.History) (*application, error) {
	return p.assembleFrom(ctx, p.loader(in), predecessor, history)
}

func (p *program) assembleFrom(ctx context.Context, loader *config.Loader, predecessor *handoff.Predecessor, history *config.History) (a *application, err error) {
	a = &application{options: p.options, build: p.build(), started: time.Now(), predecessor: predecessor}
	a.life, a.endLife = context.WithCancel(context.Background())
	a.config = &configuration{loader: loader}
	if err := a.findSystemd(); err != nil {
		return nil, err
	}
	if err := a.config.open(ctx, a.storeOptions(history)...); err != nil {
		return nil, a.refused(err)
	}
	if err := a.openJournal(); err != nil {
		return nil, a.refused(a.config.orMistakes(err))
	}
	if history != nil { // it is to serve
		a.recordCrashes()
	}
	if err := a.prepareToServe(); err != nil {
		return nil, a.abandoned(a.config.orMistakes(err))
	}
	if err := a.setUp(ctx, p.setup); err != nil {
		return nil, a.abandoned(a.config.orMistakes(err))
	}
	a.tellTrouble()
	return a, nil
}

// findSystemd finds who is to be told how the service is. A successor says
// nothing before it is the main process.
func (a *application) findSystemd() error {
	if a.predecessor != nil {
		return nil
	}
	notifier, err := sdnotify.New()
	if err != nil {
		return err
	}
	a.notifier.Store(notifier)
	return nil
}

// refused shows the first mistake of a config where "systemctl status" looks.
func (a *application) refused(err error) error {
	if mistakes := config.Mistakes(err); len(mistakes) > 0 {
		a.told(a.systemd().Status(fmt.Sprintf("bad config (%d mistakes): %v", len(mistakes), mistakes[0])))
	}
	return err
}

// abandoned closes what was opened for a service that will not be.
func (a *application) abandoned(err error) error {
	a.closeCrashes()
	_ = a.journal.Close()
	return a.refused(err)
}

func (a *application) openJournal() (err error) {
	options, err := journalOptions(a.options.name, a.keys().Log)
	if err != nil {
		return err
	}
	if a.journal, err = journal.Open(options); err != nil {
		return err
	}
	a.log = slog.New(a.handler())
	slog.SetDefault(a.log)
	return nil
}

// handler of all records.
func (a *application) handler() slog.Handler { return a.lastErrors.Watch(a.journal.Handler()) }

func (a *application) prepareToServe() (err error) {
	a.tasks.fail = a.taskFailed
	a.registry = prometheus.NewRegistry()
	a.machine = lifecycle.New(lifecycle.Actions{
		Start: a.start, Ready: a.ready, Reload: a.hangup, Upgrade: a.upgradeSignal, Drain: a.drain,
	})
	a.checks = health.New(health.Options{OnChange: a.checkChanged})
	a.server, err = server.New(a.serverOptions())
	if err != nil {
		return err
	}
	return errors.Join(a.register(), a.checkLog())
}

// setUp lets the application add what it has, and reads the config strictly.
func (a *application) setUp(ctx context.Context, setup func(*Service) error) error {
	// Records that are logged with a request's context have its ids.
	log := slog.New(server.WithRequestID(a.handler()))
	service := &Service{Router: a.server.Engine(), Log: log, app: a}
	if err := protect(ctx, func(context.Context) error { return setup(service) }); err != nil {
		return err
	}
	if err := a.mistakes.ErrorOrNil(); err != nil {
		return err
	}
	if err := a.config.complete(ctx); err != nil {
		return err
	}
	return a.followConfig(ctx)
}
