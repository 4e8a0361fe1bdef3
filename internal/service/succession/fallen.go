package succession

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/status"
)

// Fallen is a program that has not outlived its trial: the one before it was started, and
// is this process. Its zero value says that there is none.
type Fallen struct {
	programs trial.Programs
	trial    *trial.Trial
	told     bool
}

// FindFallen finds what a process that no other has started has to tell of the one before.
func FindFallen(programs trial.Programs, log *slog.Logger) *Fallen {
	f := &Fallen{programs: programs}
	t, err := programs.Fallen()
	if err != nil {
		log.Warn("whether the program before has failed a trial is not known", "error", err)
	}
	if t != nil {
		f.trial, f.told = t, !t.Failed.IsZero()
	}
	return f
}

// Sequel is what has come of a crash, for its record. It is said once.
func (f *Fallen) Sequel() string {
	if f.trial == nil || f.told {
		return ""
	}
	f.told = true
	return fmt.Sprintf("%s has failed its trial, and %s serves", f.trial.Program, f.programs.Running)
}

// Tell the log, unless it knows already, and keep the reason for the status, also that
// of a process after this one.
func (f *Fallen) Tell(log *slog.Logger, crashes *status.Crashes) {
	if f.trial == nil || !f.trial.Failed.IsZero() {
		return
	}
	reason := "it ended without a report"
	if crashes != nil && crashes.Time.After(f.trial.Begun) {
		reason = crashes.Last
	}
	if sequel := f.Sequel(); sequel != "" {
		log.Error(sequel+": "+reason, journal.Message(journal.EventTrialFailed),
			"program", f.trial.Program, "before", f.programs.Running, "reason", reason)
	}
	f.trial.Failed, f.trial.Reason = time.Now(), reason
	if err := f.programs.Fail(*f.trial); err != nil {
		log.Warn("that a program has failed its trial is not written down", "error", err)
	}
}

// upgrade that has failed with it, or nil.
func (f *Fallen) upgrade() *status.Upgrade {
	if f == nil || f.trial == nil {
		return nil
	}
	return &status.Upgrade{
		Time: f.trial.Failed, Who: f.trial.Who,
		Error: fmt.Sprintf("%s failed its trial: %s", f.trial.Program, cmp.Or(f.trial.Reason, "the reason is not known")),
	}
}
