package reload

import (
	"context"
	"log/slog"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/unit"
)

// Checks are the verdicts by which a config stands its trial.
type Checks interface {
	RunNow()
	Verdicts(...health.Kind) []health.Verdict
}

// Options of a Reloader.
type Options struct {
	Config *Config
	Unit   *unit.Unit
	Checks Checks
	Log    *slog.Logger
	// Alone changes the config while nothing else changes the service.
	Alone func(context.Context, func(context.Context) error) error
	// Reopen has the log files opened again.
	Reopen func() error
	// Line is that of "systemctl status".
	Line func() string
	// Draining reports whether the service has begun to stop.
	Draining func() bool
	// Files are those that keys name, whose content counts as part of the config.
	Files func(*config.Snapshot) []string
}

// Reloader changes the config in force. Its methods may be called concurrently.
type Reloader struct {
	Options
	storm storm
	watch *watch
}

// New returns a Reloader.
func New(o Options) *Reloader { return &Reloader{Options: o, watch: newWatch()} }

// Hangup is a reload that a signal asked for: the log is where its verdict goes.
func (r *Reloader) Hangup(who string) { _, _ = r.Reload(context.Background(), who) }

// Reload reads the config again. It is in force as a whole when Reload returns,
// or not at all. Either way the log files are opened again. Reloads that are
// asked for while one goes on are one more.
func (r *Reloader) Reload(ctx context.Context, who string) (*config.Outcome, error) {
	return r.storm.join(func(begun func()) (*config.Outcome, error) {
		return r.change(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
			begun()
			return r.Config.store.Reload(ctx, who)
		})
	})
}

// Rollback puts a version of the history in force; 0 is the last good one before
// this.
func (r *Reloader) Rollback(ctx context.Context, version int, who string) (*config.Outcome, error) {
	return r.change(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
		return r.Config.store.Rollback(ctx, version, who)
	})
}

// Release ends a rollback.
func (r *Reloader) Release(ctx context.Context, who string) (*config.Outcome, error) {
	return r.change(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
		return r.Config.store.Release(ctx, who)
	})
}

// change the config in the state reloading, and tell of it.
func (r *Reloader) change(ctx context.Context, who string, apply func(context.Context) (*config.Outcome, error)) (outcome *config.Outcome, err error) {
	err = r.Alone(ctx, func(ctx context.Context) error {
		r.Unit.Reloading()
		outcome, err = apply(ctx)
		r.Unit.Ready(r.Line())
		if reopened := r.Reopen(); reopened != nil {
			r.Log.Error("log files were not opened again", "error", reopened)
		}
		return err
	})
	if err != nil {
		r.Log.Error("reload refused: "+err.Error(), journal.Message(journal.EventReloadRefused), "by", who)
		return nil, err
	}
	r.logOutcome(outcome, who)
	return outcome, nil
}

// logOutcome says what changed, key by key.
func (r *Reloader) logOutcome(o *config.Outcome, who string) {
	r.logChanges(o)
	if o.Warning != nil {
		r.Log.Warn("config: "+o.Warning.Error(), "error", o.Warning)
	}
	r.Log.Info("reloaded", journal.Message(journal.EventReloaded), "by", who,
		"changed", len(o.Changes), "config_version", o.New.Version)
}

func (r *Reloader) logChanges(o *config.Outcome) {
	for _, change := range o.Changes {
		level := slog.LevelInfo
		if !change.InForce() {
			level = slog.LevelWarn
		}
		r.Log.Log(context.Background(), level, "config: "+change.Report(), "key", change.Key, "needs_restart", !change.Live)
	}
}
