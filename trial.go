package gind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
)

// trialInterval is how often the checks' verdicts are looked at in a trial.
const trialInterval = 50 * time.Millisecond

// storeOptions are what the config is kept with. Without a history it is only
// read: nothing is kept, and nothing stands in for a bad file. Nor does anything
// for a successor: its predecessor goes on, and the upgrade says what is bad.
func (a *application) storeOptions(history *config.History) []config.Option {
	if history == nil {
		return nil
	}
	fallBack := func(s *config.Snapshot) bool { return a.predecessor == nil && keysOf(s).Config.FallbackToLastGood }
	return []config.Option{
		config.WithHistory(history),
		config.WithFallback(fallBack),
		config.WithConfirm(a.staysReady, a.takenBack),
	}
}

// staysReady is the trial of a reload: its error is that a ready-check, which
// passed before, fails within config.confirm.
func (a *application) staysReady(ctx context.Context, _, tried *config.Snapshot) error {
	window := keysOf(tried).Config.Confirm
	if window <= 0 {
		return nil
	}
	a.checks.RunNow()
	end := time.NewTimer(window)
	defer end.Stop()
	look := time.NewTicker(trialInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			return a.fellSince(tried.Time)
		case <-look.C:
			if err := a.fellSince(tried.Time); err != nil {
				return err
			}
		}
	}
}

// fellSince is the ready-check that passed at a time, and does not any more.
func (a *application) fellSince(moment time.Time) error {
	if a.isDraining() {
		return nil
	}
	for _, v := range a.checks.Verdicts(health.Ready) {
		if !v.OK && v.Since.After(moment) {
			return fmt.Errorf("check %s fails since then: %s", v.Name, v.Err)
		}
	}
	return nil
}

// takenBack tells that a reload did not stand its trial.
func (a *application) takenBack(o *config.Outcome, reason error) {
	if o == nil {
		a.log.Error("config: "+reason.Error(), journal.Message(journal.EventRolledBack), "error", reason)
		return
	}
	a.log.Error(fmt.Sprintf("config rolled back: %v", reason), journal.Message(journal.EventRolledBack),
		"config_version", o.New.Version, "reason", reason)
	a.logChanges(o)
	a.tellStatus(a.statusLine())
}

// configIsGood notes that the service came up with its config.
func (a *application) configIsGood() {
	if err := a.config.store.Confirm(); err != nil {
		a.log.Warn("config: the history can't be written", "error", err)
	}
}

// tellTrouble tells what was in the way of the config that the files have.
func (a *application) tellTrouble() {
	trouble := a.config.store.Trouble()
	if trouble == nil {
		return
	}
	if len(config.Mistakes(trouble)) == 0 {
		a.log.Warn("config: "+trouble.Error(), "error", trouble)
		return
	}
	reason := command.BadConfig(trouble).Error()
	a.log.Log(context.Background(), journal.LevelCrit,
		fmt.Sprintf("the config is bad, and the last good one is used, version %d:\n%s", a.config.version(), reason),
		journal.Message(journal.EventRolledBack), "config_version", a.config.version(), "reason", errors.New(reason))
}
