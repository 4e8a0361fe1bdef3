package failure

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/coreos/go-systemd/v22/dbus"
	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/alert"
)

// failureOf asks systemd how a unit has failed. What it has put into the environment
// of an alert (systemd.exec(5), $MONITOR_SERVICE_RESULT) is about the failure that
// the alert is for, and counts more.
func failureOf(ctx context.Context, unit string, n *alert.Notice) error {
	err := askSystemd(ctx, unit, n)
	n.Result = cmp.Or(os.Getenv("MONITOR_SERVICE_RESULT"), n.Result)
	if code := os.Getenv("MONITOR_EXIT_CODE"); code != "" {
		n.ExitCode, n.ExitStatus = code, exitStatus(os.Getenv("MONITOR_EXIT_STATUS"))
	}
	return err
}

// exitStatus is a number, or the name of a signal.
func exitStatus(text string) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return int(unix.SignalNum("SIG" + text))
}

func askSystemd(ctx context.Context, unit string, n *alert.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	defer conn.Close()
	of, err := conn.GetAllPropertiesContext(ctx, unit)
	if err != nil {
		return fmt.Errorf("asking systemd about %s: %w", unit, err)
	}
	status, _ := of["ExecMainStatus"].(int32)
	code, _ := of["ExecMainCode"].(int32)
	restarts, _ := of["NRestarts"].(uint32)
	n.Result, _ = of["Result"].(string)
	state, _ := of["ActiveState"].(string)
	n.Test = isTest(state, n.Result, os.Getenv("MONITOR_SERVICE_RESULT"))
	n.ExitStatus, n.ExitCode, n.Restarts = int(status), exitCodes[code], int(restarts)
	return nil
}

// isTest reports whether somebody asks for an alert of a unit that has not failed.
// Where systemd does, it says of what result. One that is being started may have failed before.
func isTest(state, result, monitored string) bool {
	return monitored == "" && result == "success" && (state == "active" || state == "inactive" || state == "reloading")
}

// exitCodes are how a process ended: CLD_EXITED and so on of sigaction(2).
var exitCodes = map[int32]string{1: "exited", 2: "killed", 3: "dumped"}

// stateOf a unit, as "systemctl is-active" says it; empty if that is not known.
func stateOf(ctx context.Context, unit string) string {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return ""
	}
	defer conn.Close()
	state, err := conn.GetUnitPropertyContext(ctx, unit, "ActiveState")
	if err != nil {
		return ""
	}
	text, _ := state.Value.Value().(string)
	return text
}
