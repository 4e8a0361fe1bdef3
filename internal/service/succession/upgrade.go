package succession

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/internal/unit"
	"github.com/gind/gind/internal/wiring"
	"github.com/gind/gind/status"
)

// Signal is an upgrade that a signal asked for: the log is where its result goes.
func (s *Succession) Signal(who string) { _, _ = s.Upgrade(context.Background(), who, Order{}) }

// Upgrade starts a program beside this process. When the successor is ready, and answers
// itself no worse than this process does, it becomes the service's main process, and this
// one drains; where it can be, the new program is on trial then. Otherwise everything is
// as it was. The report is for who has asked.
func (s *Succession) Upgrade(ctx context.Context, who string, o Order) (report string, err error) {
	err = s.Alone(ctx, func(ctx context.Context) (err error) {
		report, err = s.succeed(ctx, who, o)
		return err
	})
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("broken off: %w", lifecycle.ErrDraining)
	}
	if err != nil {
		s.failure.Store(&status.Upgrade{Time: time.Now(), Who: who, Error: err.Error()})
		s.Log.Error("upgrade failed: "+err.Error(), journal.Message(journal.EventUpgradeFailed), "by", who, "error", err)
		return "", err
	}
	return report, nil
}

func (s *Succession) succeed(ctx context.Context, who string, o Order) (report string, err error) {
	if err := s.Manager(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	command, err := s.command(ctx, o)
	if err != nil {
		return "", err
	}
	plan, without := s.plan(ctx, command.Path, who)
	if o.chooses() && (plan == nil || errors.Is(without, errPassedBy)) {
		return "", fmt.Errorf("the next start would not run %s: %w (docs/operations.md says how a unit has one)", command.Path, without)
	}
	s.Hold()
	s.Log.Info("upgrading", journal.Message(journal.EventUpgradeBegun), "by", who, "program", command.Path)
	s.Unit.Say("upgrading: a successor starts")

	successor, err := handoff.Upgrade(ctx, command, s.Listeners)
	if err != nil {
		s.Unit.Line(s.Line())
		return "", err
	}
	if err = s.judge(ctx, successor, o.Force); err == nil {
		err = s.yieldTo(ctx, successor, plan)
	}
	if err != nil {
		successor.Kill()
		s.Unit.Line(s.Line())
		return "", err
	}
	sequel := s.sequel(plan, without)
	s.Log.Info("the successor serves"+sequel, journal.Message(journal.EventUpgraded), "successor_pid", successor.PID())
	return fmt.Sprintf("process %d serves", successor.PID()) + sequel, nil
}

// sequel is what follows for a new program that serves.
func (s *Succession) sequel(t *trial.Trial, without error) string {
	switch {
	case without != nil:
		return ", without a trial: " + without.Error()
	case t == nil, t.Before == "", s.Confirm() == 0:
		return ""
	}
	return fmt.Sprintf(", on trial for %v: a crash until then starts %s", s.Confirm(), t.Before)
}

// yieldTo makes a successor the main process. From then on systemd listens to it
// alone, and the background work is its own.
func (s *Succession) yieldTo(ctx context.Context, successor *handoff.Successor, plan *trial.Trial) (err error) {
	s.rest(ctx)
	defer func() {
		if err != nil {
			s.Resume()
		}
	}()
	s.letGo.Lock()
	defer s.letGo.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	undo, err := s.begin(plan, successor.PID())
	if err != nil {
		return err
	}
	takeBack, err := s.Unit.Yield(successor.PID())
	if err != nil {
		undo()
		return err
	}
	if err := successor.TakeOver(s.Listeners); err != nil {
		undo()
		takeBack()
		return err
	}
	s.successor.Store(successor)
	s.closeControl()
	return nil
}

// restTime is how long background work may take to end, as in a drain.
const restTime = 5 * time.Second

// rest ends the background work before the successor begins with its own. What is deaf
// does not hold the upgrade up, as it does not hold up a stop.
func (s *Succession) rest(ctx context.Context) {
	short, cancel := context.WithTimeout(ctx, restTime)
	defer cancel()
	if err := s.Rest(short); err != nil && ctx.Err() == nil {
		s.Log.Warn("background work has not ended, and goes on beside that of the successor for a while", "error", err)
	}
}

// closeControl leaves the next orders to the successor. The one that asked for
// it is still answered.
func (s *Succession) closeControl() {
	for _, l := range s.Listeners.Named(wiring.ControlName) {
		_ = l.Close()
	}
}

// takeOverTime is how long a predecessor may take to let go, which includes
// asking itself, ending its background work and telling systemd.
const takeOverTime = 3*unit.BarrierTime + judgeTime + restTime

// TakeOver makes this process, a successor, the service: its predecessor lets go,
// and systemd listens to it from now on. A predecessor that has been told can't be
// told otherwise: if this process has to stop it does so after that, with the
// predecessor's connections. answer is what it has answered to itself.
func (s *Succession) TakeOver(ctx context.Context, answer handoff.Answer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeOverTime)
	defer cancel()
	if err := s.Predecessor.Ready(ctx, answer); err != nil {
		return err
	}
	s.takeTrial(os.Getpid())
	s.Arm()
	s.Unit.TakeOver()
	return nil
}

// Failed tells the predecessor, if there is one, why this process can't serve.
func Failed(predecessor *handoff.Predecessor, err error) error {
	if predecessor != nil && err != nil {
		_ = predecessor.Fail(err)
	}
	return err
}
