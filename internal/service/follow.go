package service

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/listener"
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
	s.listening = settings.Of(now).Listeners
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
	options, err := wiring.Journal(s.Name, settings.Of(next))
	if err != nil {
		return nil, err
	}
	former, err := wiring.Journal(s.Name, settings.Of(old))
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
	return s.certificates.Stage(s.untilRestart(settings.Of(next).Listeners))
}

func (s *Service) stageListeners(_ context.Context, _, next *config.Snapshot) (config.Prepared, error) {
	former, coming := s.listening, s.untilRestart(settings.Of(next).Listeners)
	change, err := s.serving.Stage(former, coming)
	if err != nil {
		return nil, err
	}
	return noted{change, func() { s.listening = coming }, func() { s.listening = former }}, nil
}

// noted is a change that is noted when it is made, and when it is undone.
type noted struct {
	config.Prepared
	made, undone func()
}

// Commit implements config.Prepared.
func (n noted) Commit() error {
	err := n.Prepared.Commit()
	if err == nil {
		n.made()
	}
	return err
}

// Rollback implements config.Prepared.
func (n noted) Rollback() {
	n.Prepared.Rollback()
	n.undone()
}

// untilRestart are the listeners as a reload can have them: one that stays where it is
// speaks TLS, or does not, until a restart.
func (s *Service) untilRestart(wanted map[string]settings.Listener) map[string]settings.Listener {
	coming := maps.Clone(wanted)
	for name, l := range wanted {
		was, known := s.listening[name]
		stays := known && (was.Address == l.Address || s.isActivated(name))
		if stays && (was.Certificate == "") != (l.Certificate == "") {
			l.Certificate, l.Key = was.Certificate, was.Key
			coming[name] = l
		}
	}
	return coming
}

// isActivated reports whether systemd passed the socket of a listener.
func (s *Service) isActivated(name string) bool {
	return slices.ContainsFunc(s.listeners.Named(name), (*listener.Listener).Activated)
}

// remark says of changes of listeners what the keys do not.
func (s *Service) remark(next *config.Snapshot, change *config.Change) {
	wanted := settings.Of(next).Listeners
	for name, l := range s.untilRestart(wanted) {
		key := document.Join("listeners", name)
		switch change.Key {
		case key + ".certificate", key + ".key":
			change.Live = l == wanted[name]
		case key + ".address":
			if s.isActivated(name) {
				change.Instead = "systemd passes the socket: its address is ListenStream= of the socket unit"
			}
		}
	}
}

// tellOldNames of keys that are set by them.
func (s *Service) tellOldNames(keys *settings.Settings) {
	if keys.Drain.LameDuck > 0 {
		s.log.Warn("config: drain.lame_duck is an earlier name of drain.timeout, and the longer one counts: set drain.timeout",
			"key", "drain.lame_duck", "drain_timeout", keys.Drain.Patience())
	}
}
