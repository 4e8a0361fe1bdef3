package service

import (
	"context"
	"fmt"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/wiring"
)

// followConfig puts in force what the config says at the start, and has everybody
// take in each reload from now on, all of them or none.
func (s *Service) followConfig(ctx context.Context) error {
	if err := s.takeIn(ctx); err != nil {
		return &command.ConfigError{Err: err}
	}
	store := s.config.Store()
	store.Subscribe("application", config.Certain(s.askApplication))
	store.Subscribe("server", config.Certain(s.prepareServer))
	store.Subscribe("watch", config.Certain(s.reloader.PrepareWatch))
	store.Subscribe("log", config.Staged(s.stageLog))
	store.Subscribe("checks", config.Staged(s.stageChecks))
	store.Subscribe("certificates", config.Staged(s.stageCertificates))
	// The last that is committed in steps: a listener that has ended could not be had back.
	store.Subscribe("listeners", config.Staged(s.stageListeners))
	return nil
}

// takeIn what rooms are told when they are there.
func (s *Service) takeIn(ctx context.Context) error {
	now := s.config.Current()
	s.serving.Begin(settings.Of(now).Listeners)
	certificates, err := s.stageCertificates(ctx, now, now)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	limits, err := s.prepareServer(ctx, now, now)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	limits()
	if err := s.checks.Begin(now); err != nil {
		return err
	}
	return certificates.Commit()
}

// askApplication asks the application's own functions.
func (s *Service) askApplication(ctx context.Context, _, _ *config.Snapshot) (func(), error) {
	return nil, s.hooks.PrepareReload(ctx)
}

func (s *Service) prepareServer(_ context.Context, _, next *config.Snapshot) (func(), error) {
	keys := settings.Of(next)
	commit, err := s.server.Prepare(wiring.Limits(keys))
	if err != nil {
		return nil, err
	}
	return func() {
		commit()
		s.listeners.SetIdleTimeout(keys.Server.IdleTimeout)
		s.tellOldNames(keys)
	}, nil
}

func (s *Service) stageLog(_ context.Context, old, next *config.Snapshot) (config.Prepared, error) {
	options, err := s.journalOptions(settings.Of(next))
	if err != nil {
		return nil, err
	}
	former, err := s.journalOptions(settings.Of(old))
	if err != nil {
		return nil, err
	}
	return config.Step{
		Make: func() error { return s.journal.Reconfigure(options) },
		Undo: func() {
			if err := s.journal.Reconfigure(former); err != nil {
				s.log.Error("the log is not what it was before the reload", "error", err)
			}
		},
	}, nil
}

func (s *Service) stageChecks(_ context.Context, old, next *config.Snapshot) (config.Prepared, error) {
	return s.checks.Stage(old, next), nil
}

func (s *Service) stageCertificates(_ context.Context, _, next *config.Snapshot) (config.Prepared, error) {
	return s.certificates.Stage(s.serving.UntilRestart(settings.Of(next).Listeners))
}

func (s *Service) stageListeners(_ context.Context, _, next *config.Snapshot) (config.Prepared, error) {
	return s.serving.Stage(settings.Of(next).Listeners)
}

// remark says of a change what the keys do not.
func (s *Service) remark(next *config.Snapshot, change *config.Change) {
	s.serving.Remark(settings.Of(next).Listeners, change)
}

// tellOldNames of keys that are set by them.
func (s *Service) tellOldNames(keys *settings.Settings) {
	if keys.Drain.LameDuck > 0 {
		s.log.Warn("config: drain.lame_duck is an earlier name of drain.timeout, and the longer one counts: set drain.timeout",
			"key", "drain.lame_duck", "drain_timeout", keys.Drain.Patience())
	}
}
