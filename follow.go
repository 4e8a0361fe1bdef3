package gind

import (
	"context"
	"fmt"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
)

// This file says who takes a new config in, and how it is taken back.

// followConfig puts in force what the config says at the start, and has everybody
// take in each reload from now on, all of them or none.
func (a *application) followConfig(ctx context.Context) error {
	if err := a.takeIn(ctx); err != nil {
		return &command.ConfigError{Err: err}
	}
	store := a.config.store
	store.Subscribe("application", config.Certain(a.askApplication))
	store.Subscribe("server", config.Certain(a.prepareServer))
	store.Subscribe("watch", config.Certain(a.prepareWatch))
	store.Subscribe("log", config.Staged(a.stageLog))
	store.Subscribe("checks", config.Staged(a.stageChecks))
	store.Subscribe("certificates", config.Staged(a.stageCertificates))
	store.Subscribe("listeners", config.Staged(a.stageListeners)) // the last that is committed in steps: see relisten
	return nil
}

// takeIn what rooms are told when they are there.
func (a *application) takeIn(ctx context.Context) error {
	now := a.config.current()
	certificates, err := a.stageCertificates(ctx, now, now)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	limits, err := a.prepareServer(ctx, now, now)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	limits()
	if err := a.addChecks(now); err != nil {
		return err
	}
	return certificates.Commit()
}

// askApplication asks the application's own functions.
func (a *application) askApplication(ctx context.Context, _, _ *config.Snapshot) (func(), error) {
	return nil, a.hooks.prepareReload(ctx)
}

func (a *application) stageCertificates(_ context.Context, _, next *config.Snapshot) (config.Prepared, error) {
	return a.certificates.stage(keysOf(next).Listeners)
}

func (a *application) stageLog(_ context.Context, old, next *config.Snapshot) (config.Prepared, error) {
	options, err := journalOptions(a.options.name, keysOf(next).Log)
	if err != nil {
		return nil, err
	}
	former, err := journalOptions(a.options.name, keysOf(old).Log)
	if err != nil {
		return nil, err
	}
	return config.Step{
		Make: func() error { return a.journal.Reconfigure(options) },
		Undo: func() {
			if err := a.journal.Reconfigure(former); err != nil {
				a.log.Error("the log is not what it was before the reload", "error", err)
			}
		},
	}, nil
}

func (a *application) prepareServer(_ context.Context, _, next *config.Snapshot) (func(), error) {
	keys := keysOf(next)
	commit, err := a.server.Prepare(limits(keys))
	if err != nil {
		return nil, err
	}
	return func() {
		commit()
		if a.listeners != nil { // else open tells them
			a.listeners.SetIdleTimeout(keys.Server.IdleTimeout)
		}
	}, nil
}
