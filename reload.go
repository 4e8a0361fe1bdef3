package gind

import (
	"context"
	"fmt"
	"strings"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
)

// hangup is a reload that a signal asked for: the log is where its verdict goes.
func (a *application) hangup(who string) { _, _ = a.reload(context.Background(), who) }

// reload reads the config again. It is in force as a whole when reload returns,
// or not at all. Either way the log files are opened again.
func (a *application) reload(ctx context.Context, who string) (outcome *config.Outcome, err error) {
	err = a.machine.Reload(ctx, func(ctx context.Context) error {
		a.told(a.systemd().Reloading("reloading"))
		outcome, err = a.config.store.Reload(ctx, who)
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
	for _, change := range o.Changes {
		a.log.Info("config: "+describeChange(change), "key", change.Key, "needs_restart", !change.Live)
	}
	a.log.Info("reloaded", journal.Message(journal.EventReloaded), "by", who,
		"changed", len(o.Changes), "config_version", a.config.version())
}

// summary is an outcome for people, a change a line.
func summary(o *config.Outcome) string {
	if len(o.Changes) == 0 {
		return "nothing changed"
	}
	var lines []string
	for _, change := range o.Changes {
		lines = append(lines, describeChange(change))
	}
	return strings.Join(lines, "\n")
}

func describeChange(c config.Change) string {
	line := fmt.Sprintf("%s: %s → %s", c.Key, orNone(c.Old), orNone(c.New))
	if !c.Live {
		line += " (needs a restart)"
	}
	return line
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

func changesOf(o *config.Outcome) []control.Change {
	var list []control.Change
	for _, c := range o.Changes {
		list = append(list, control.Change{Key: c.Key, Old: c.Old, New: c.New, Restart: !c.Live})
	}
	return list
}
