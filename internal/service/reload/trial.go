package reload

import (
	"context"
	"fmt"
	"time"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/settings"
)

// trialInterval is how often the checks' verdicts are looked at in a trial.
const trialInterval = 50 * time.Millisecond

// StaysReady is the trial of a reload: its error is that a ready-check, which
// passed before, fails within config.confirm.
func (r *Reloader) StaysReady(ctx context.Context, tried *config.Snapshot) error {
	window := settings.Of(tried).Config.Confirm
	if window <= 0 {
		return nil
	}
	r.Checks.RunNow()
	end := time.NewTimer(window)
	defer end.Stop()
	look := time.NewTicker(trialInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			return r.fellSince(tried.Time)
		case <-look.C:
			if err := r.fellSince(tried.Time); err != nil {
				return err
			}
		}
	}
}

// fellSince is the ready-check that passed at a time, and does not any more.
func (r *Reloader) fellSince(moment time.Time) error {
	if r.Draining() {
		return nil
	}
	for _, v := range r.Checks.Verdicts(health.Ready) {
		if !v.OK && v.Since.After(moment) {
			return fmt.Errorf("check %s fails since then: %s", v.Name, v.Err)
		}
	}
	return nil
}

// TakenBack tells that a reload did not stand its trial.
func (r *Reloader) TakenBack(o *config.Outcome, reason error) {
	if o == nil {
		r.Log.Error("config: "+reason.Error(), journal.Message(journal.EventRolledBack), "error", reason)
		return
	}
	r.Log.Error(fmt.Sprintf("config rolled back: %v", reason), journal.Message(journal.EventRolledBack),
		"config_version", o.New.Version, "reason", reason)
	r.logChanges(o)
	r.Unit.Line(r.Line())
}
