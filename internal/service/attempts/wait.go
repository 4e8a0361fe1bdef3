package attempts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gind/gind/internal/backoff"
	"github.com/gind/gind/internal/journal"
)

// ErrStopped is of a start that was told to stop while it waited.
var ErrStopped = errors.New("the service was told to stop while it waited for its next start")

// ErrMended is of a start that need not wait any longer: the config or the program is
// another, which a process that begins anew finds.
var ErrMended = errors.New("the config or the program has changed while the service waited for its next start")

// lookInterval is how often it is looked whether something has changed, and "systemctl
// status" is told how long it will take.
const lookInterval = 2 * time.Second

// wait until it is time to begin, and say so.
func (a *Attempts) wait(ctx context.Context, r record) error {
	pause := time.Until(r.Time).Round(10 * time.Millisecond)
	if pause <= 0 {
		return nil
	}
	a.Log.Warn(fmt.Sprintf("start %d waits for %v, since the one before it failed: %s", r.Failed+1, pause, r.Last),
		journal.Message(journal.EventStartWaits), "pause", pause, "start", r.Failed+1, "failed", r.Failed, "reason", r.Last)
	return a.Unit.ExtendWhile(pause+lookInterval, func() error { return a.pass(ctx, r) })
}

// pass the time.
func (a *Attempts) pass(ctx context.Context, r record) error {
	end := time.NewTimer(time.Until(r.Time))
	defer end.Stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		a.Unit.Say(r.waiting())
		select {
		case <-look.C:
			if a.Mended(ctx) {
				a.Log.Info(ErrMended.Error() + ": it starts at once")
				return ErrMended
			}
		case <-end.C:
			return nil
		case <-ctx.Done():
			a.forget()
			a.Log.Info("stopped: " + ErrStopped.Error())
			return ErrStopped
		}
	}
}

// waiting is the line of "systemctl status".
func (r record) waiting() string {
	left := time.Until(r.Time).Round(time.Second)
	return fmt.Sprintf("waiting %d s before start %d; the last: %s", int(left.Seconds()), r.Failed+1, r.Last)
}

// Waiting is the line of a service that waits before its next start; empty if it does not.
func Waiting(dir string) string {
	r, err := read(dir)
	if err != nil || r == nil || !r.Waiting || time.Until(r.Time) < 0 {
		return ""
	}
	return r.waiting()
}

// lasts is an error when starts have failed for so long that the service is given up.
func (a *Attempts) lasts(r record, policy backoff.Policy) error {
	if policy.GiveUp <= 0 || time.Since(r.First) < policy.GiveUp {
		return nil
	}
	if err := remove(a.Dir); err != nil {
		a.Log.Warn("the next start will not begin anew", "error", err)
	}
	return &GivenUp{r.Failed, r.First, policy.GiveUp, r.Last}
}

// GivenUp is the error of a service that is not started any more.
type GivenUp struct {
	Failed int
	Since  time.Time
	After  time.Duration
	Last   string
}

func (e *GivenUp) Error() string {
	return fmt.Sprintf("the service is given up: %d starts have failed since %s, longer than start.give_up, %v; the last: %s",
		e.Failed, e.Since.Local().Format(time.TimeOnly), e.After, e.Last)
}

// ExitStatus is EX_UNAVAILABLE of sysexits(3), with which systemd does not try again
// (RestartPreventExitStatus=).
func (e *GivenUp) ExitStatus() int { return 69 }
