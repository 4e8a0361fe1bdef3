package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/sdnotify"
	"github.com/gind/gind/internal/service/attempts"
	"github.com/gind/gind/internal/service/background"
	"github.com/gind/gind/internal/service/reload"
	"github.com/gind/gind/internal/service/succession"
	"github.com/gind/gind/internal/service/watchdog"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/internal/wiring"
)

// New puts a service together: config, log, rooms, then the application's setup, then
// the config again with the application's sections. Nothing is served yet.
func New(ctx context.Context, o Options) (*Service, error) {
	s := &Service{Options: o, started: time.Now(), life: newLife(), log: slog.Default(), listeners: listener.New()}
	s.machine = lifecycle.New(lifecycle.Actions{
		Start:   s.start,
		Ready:   s.ready,
		Reload:  func(who string) { s.reloader.Hangup(who) },
		Upgrade: func(who string) { s.succession.Signal(who) },
		Drain:   s.drain,
		Changed: s.changed,
	})
	if err := s.findSystemd(); err != nil {
		return nil, err
	}
	var err error
	if s.config, err = reload.Open(ctx, o.Loader, s.storeOptions()...); err != nil {
		return nil, s.refused(command.BadConfig(err))
	}
	var last crash.LastErrors
	if err := s.openJournal(&last); err != nil {
		return nil, s.refused(s.orBadConfig(err))
	}
	s.findPrograms()
	s.watchdog = watchdog.New(s.watchdogOptions(&last))
	s.fallen.Tell(s.log, s.watchdog.Seen())
	s.attempts = attempts.New(s.attemptsOptions(ctx))
	if err := s.awaitTurn(ctx); err != nil {
		return nil, s.abandoned(err)
	}
	if err := s.furnish(); err != nil {
		return nil, s.abandoned(err)
	}
	if err := s.setUp(ctx); err != nil {
		_ = s.server.Close()
		return nil, s.abandoned(err)
	}
	s.tellTrouble()
	return s, nil
}

// findSystemd finds who is to be told how the service is. A successor says
// nothing before it is the main process, and who only looks never does.
func (s *Service) findSystemd() error {
	s.unit = unit.New(unit.Options{Steady: s.isSteady, Windows: s.Windows, Failed: s.notTold})
	if s.Predecessor != nil || s.Inspect {
		return nil
	}
	return s.unit.Become()
}

// storeOptions are what the config is kept with. Without a history it is only
// read: nothing is kept, and nothing stands in for a bad file. Nor does anything
// for a successor: its predecessor goes on, and the upgrade says what is bad.
func (s *Service) storeOptions() []config.Option {
	remarks := config.WithRemarks(s.remark)
	if s.History == nil {
		return []config.Option{remarks}
	}
	return []config.Option{
		remarks,
		config.WithHistory(s.History),
		config.WithFallback(func(now, lastGood *config.Snapshot) bool {
			return s.Predecessor == nil && mayFallBack(now, lastGood)
		}),
		config.WithConfirm(
			func(ctx context.Context, _, tried *config.Snapshot) error { return s.reloader.StaysReady(ctx, tried) },
			func(o *config.Outcome, reason error) { s.reloader.TakenBack(o, reason) },
		),
	}
}

// mayFallBack reports whether the last good config may stand in for a bad one: the bad
// one says so itself, or a variable does, and else the last good one.
func mayFallBack(now, lastGood *config.Snapshot) bool {
	says := now
	if now.Origin("config.fallback_to_last_good").IsDefault() {
		says = lastGood
	}
	return settings.Of(says).Config.FallbackToLastGood
}

// openJournal has everything logged, and the last errors remembered.
func (s *Service) openJournal(last *crash.LastErrors) error {
	options, err := s.journalOptions(s.keys())
	if err != nil {
		return err
	}
	if s.Inspect {
		options.Mirror, options.RingDir = journal.MirrorOptions{Mode: journal.Off}, ""
	}
	if s.journal, err = journal.Open(options); err != nil {
		return err
	}
	s.log = slog.New(last.Watch(s.journal.Handler()))
	slog.SetDefault(s.log)
	return nil
}

// journalOptions are those of the keys. What only the standard error of a service of
// Windows got, nobody would see.
func (s *Service) journalOptions(keys *settings.Settings) (journal.Options, error) {
	options, err := wiring.Journal(s.Name, keys)
	if s.Windows != nil && options.Mirror.Mode == journal.Fallback {
		options.Mirror.Mode = journal.Always
	}
	return options, err
}

// findPrograms finds what a start of the service may run, where systemd keeps a folder for
// it, and whether one of them has failed before this process.
func (s *Service) findPrograms() {
	s.fallen = new(succession.Fallen)
	if s.History == nil || sdnotify.Directory("STATE_DIRECTORY") == "" {
		return
	}
	s.programs = trial.Programs{
		Link: paths.Program(s.Name), Kept: paths.ProgramBefore(s.Name), Running: handoff.Running(), Runs: handoff.Runs,
	}
	if s.Predecessor == nil && !s.Inspect {
		s.fallen = succession.FindFallen(s.programs, s.log)
	}
}

// setUp lets the application add what it has, and reads the config strictly.
func (s *Service) setUp(ctx context.Context) error {
	if err := background.Protect(ctx, func(context.Context) error { return s.Setup(s) }); err != nil {
		return err
	}
	if err := s.mistakes.all(); err != nil {
		return err
	}
	if err := s.config.Complete(ctx); err != nil {
		return command.BadConfig(err)
	}
	return s.followConfig(ctx)
}

// refused shows the first mistake of a config where "systemctl status" looks.
func (s *Service) refused(err error) error {
	if mistakes := config.Mistakes(err); len(mistakes) > 0 {
		s.unit.Say(fmt.Sprintf("bad config (%d mistakes): %v", len(mistakes), mistakes[0]))
	}
	return err
}

// abandoned closes what was opened for a service that will not be.
func (s *Service) abandoned(err error) error {
	err = s.orBadConfig(err)
	s.note(err)
	s.watchdog.Close()
	_ = s.journal.Close()
	return s.refused(err)
}

// orBadConfig is the mistakes that are known, if there are any, in place of an
// error of the start that may come of them.
func (s *Service) orBadConfig(err error) error {
	var bad *command.ConfigError
	store := s.config.Store()
	if errors.As(err, &bad) || store.IsWhole() {
		return err
	}
	return command.BadConfig(store.Trouble())
}

// tellTrouble tells what was in the way of the config that the files have.
func (s *Service) tellTrouble() {
	trouble := s.config.Store().Trouble()
	if trouble == nil {
		return
	}
	if len(config.Mistakes(trouble)) == 0 {
		s.log.Warn("config: "+trouble.Error(), "error", trouble)
		return
	}
	reason := command.BadConfig(trouble).Error()
	version := s.config.Current().Version
	s.log.Log(context.Background(), journal.LevelCrit,
		fmt.Sprintf("the config is bad, and the last good one is used, version %d:\n%s", version, reason),
		journal.Message(journal.EventRolledBack), "config_version", version, "reason", errors.New(reason))
}
