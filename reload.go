package gind

import (
	"context"
	"fmt"
	"strings"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/journal"
)

// hangup is a reload that a signal asked for: the log is where its verdict goes.
func (a *application) hangup(who string) { _, _ = a.reload(context.Background(), who) }

// reload reads the config again. It is in force as a whole when reload returns,
// or not at all. Either way the log files are opened again. Reloads that are
// asked for while one goes on are one more.
func (a *application) reload(ctx context.Context, who string) (*config.Outcome, error) {
	return a.reloads.join(func(begun func()) (*config.Outcome, error) {
		return a.reconfigure(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
			begun()
			return a.config.store.Reload(ctx, who)
		})
	})
}

// rollBack puts a version of the history in force; 0 is the last good one before
// this.
func (a *application) rollBack(ctx context.Context, version int, who string) (*config.Outcome, error) {
	return a.reconfigure(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
		return a.config.store.Rollback(ctx, version, who)
	})
}

// release ends a rollback.
func (a *application) release(ctx context.Context, who string) (*config.Outcome, error) {
	return a.reconfigure(ctx, who, func(ctx context.Context) (*config.Outcome, error) {
		return a.config.store.Release(ctx, who)
	})
}

// reconfigure makes a change of the config in the state reloading, and tells of it.
func (a *application) reconfigure(ctx context.Context, who string, apply func(context.Context) (*config.Outcome, error)) (outcome *config.Outcome, err error) {
	err = a.machine.Reload(ctx, func(ctx context.Context) error {
		a.told(a.systemd().Reloading("reloading"))
		outcome, err = apply(ctx)
		a.told(a.systemd().Ready(a.statusLine()))
		if reopened := a.journal.Reopen(); reopened != nil {
			a.log.Error("log files were not opened again", "error", reopened)
		}
		return err
	})
	if err != nil {
		a.log.Error("reload refused: "+err.Error(), journal.Message(journal.EventReloadRefused), "by", who, "error", err)
		return nil, err
	}
	a.logOutcome(outcome, who)
	return outcome, nil
}

// logOutcome says what changed, key by key.
func (a *application) logOutcome(o *config.Outcome, who string) {
	a.logChanges(o)
	if o.Warning != nil {
		a.log.Warn("config: "+o.Warning.Error(), "error", o.Warning)
	}
	a.log.Info("reloaded", journal.Message(journal.EventReloaded), "by", who,
		"changed", len(o.Changes), "config_version", o.New.Version)
}

func (a *application) logChanges(o *config.Outcome) {
	for _, change := range o.Changes {
		a.log.Info("config: "+change.Report(), "key", change.Key, "needs_restart", !change.Live)
	}
}

// summary is an outcome for people, a change a line.
func summary(o *config.Outcome) string {
	var lines []string
	for _, change := range o.Changes {
		lines = append(lines, change.Report())
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing changed")
	}
	if o.New.Pinned > 0 {
		lines = append(lines, pinnedText(o.New.Pinned))
	}
	return strings.Join(lines, "\n")
}

// pinnedText says what a rollback means for the files.
func pinnedText(version int) string {
	return fmt.Sprintf("version %d is held in force by a rollback, until the files change or \"config rollback --release\"", version)
}
