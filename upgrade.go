package gind

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/journal"
	"github.com/gind/gind/internal/lifecycle"
	"github.com/gind/gind/internal/sdnotify"
)

// upgradeSignal is an upgrade that a signal asked for: the log is where its
// result goes.
func (a *application) upgradeSignal(who string) { _ = a.upgrade(context.Background(), who) }

// upgrade starts the program that is now on disk beside this process. When the
// successor is ready it becomes the service's main process, and this one drains.
// Otherwise everything is as it was.
func (a *application) upgrade(ctx context.Context, who string) error {
	err := a.machine.Upgrade(ctx, func(ctx context.Context) error { return a.succeed(ctx, who) })
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("broken off: %w", lifecycle.ErrDraining)
	}
	if err != nil {
		a.log.Error("upgrade failed: "+err.Error(), journal.Message(journal.EventUpgradeFailed), "by", who, "error", err)
	}
	return err
}

func (a *application) succeed(ctx context.Context, who string) error {
	ctx, cancel := context.WithTimeout(ctx, a.keys().Upgrade.Timeout)
	defer cancel()
	a.config.store.Close() // no trial may take the config back while the successor reads it
	command := handoff.Started()
	a.log.Info("upgrading", journal.Message(journal.EventUpgradeBegun), "by", who, "program", command.Path)
	a.told(a.systemd().Status("upgrading: a successor starts"))

	successor, err := handoff.Upgrade(ctx, command, a.listeners)
	if err != nil {
		a.tellStatus(a.statusLine())
		return err
	}
	if err := a.yieldTo(successor); err != nil {
		successor.Kill()
		return err
	}
	a.log.Info("the successor serves", journal.Message(journal.EventUpgraded), "successor_pid", successor.PID())
	return nil
}

// yieldTo makes a successor the main process. From then on systemd listens to it
// alone.
func (a *application) yieldTo(successor *handoff.Successor) error {
	notifier := a.notifier.Swap(nil)
	a.told(notifier.Ping()) // the watchdog's time goes on, whoever is the main process
	if err := tellMainPID(notifier, successor.PID()); err != nil {
		a.notifier.Store(notifier)
		return err
	}
	if err := successor.TakeOver(a.listeners); err != nil {
		a.told(tellMainPID(notifier, os.Getpid()))
		a.notifier.Store(notifier)
		return err
	}
	a.successor = successor
	a.closeControl()
	return nil
}

// closeControl leaves the next orders to the successor. The one that asked for
// it is still answered.
func (a *application) closeControl() {
	for _, l := range a.listeners.Named(controlName) {
		_ = l.Close()
	}
}

func tellMainPID(notifier *sdnotify.Notifier, pid int) error {
	if err := notifier.MainPID(pid); err != nil {
		return fmt.Errorf("tell systemd of the main process: %w", err)
	}
	return notifier.Barrier(barrierTime)
}

// takeOverTime is how long a predecessor may take to let go, which includes
// telling systemd.
const takeOverTime = 3 * barrierTime

// takeOver makes this process, a successor, the service: its predecessor lets
// go, and systemd listens to it from now on. A predecessor that has been told
// can't be told otherwise: if this process has to stop it does so after that,
// with the predecessor's connections.
func (a *application) takeOver(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeOverTime)
	defer cancel()
	if err := a.predecessor.Ready(ctx); err != nil {
		return err
	}
	if err := a.crashes.Arm(); err != nil {
		a.log.Warn("a crash would leave no report", "error", err)
	}
	notifier, err := sdnotify.New()
	a.told(err)
	a.notifier.Store(notifier)
	a.told(notifier.Ping()) // the first one after a probe comes when this process serves
	return nil
}

// failed tells a predecessor why this process, its successor, can't serve.
func failed(predecessor *handoff.Predecessor, err error) error {
	if predecessor != nil && err != nil {
		_ = predecessor.Fail(err)
	}
	return err
}

// orderedUpgrade answers "gind upgrade".
func (a *application) orderedUpgrade(ctx context.Context, r *control.Request) (any, error) {
	err := a.upgrade(ctx, r.Caller.String())
	return upgradeVerdict(a.successor, err), nil
}

func upgradeVerdict(successor *handoff.Successor, err error) control.Verdict {
	if err != nil {
		return control.Verdict{Text: err.Error()}
	}
	return control.Verdict{OK: true, Text: fmt.Sprintf("process %d serves", successor.PID())}
}
