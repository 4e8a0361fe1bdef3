package unit

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
)

// askTime is how long systemd may take to answer.
const askTime = 2 * time.Second

// WorkingDirectory is that of this process's unit as systemd has it now, links and
// all; see systemd.exec(5). Empty: the unit names none.
func WorkingDirectory(ctx context.Context) (string, error) {
	value, err := property(ctx, "WorkingDirectory")
	folder, _ := value.(string)
	return folder, err
}

// Program is the path that a start of this process's unit executes, as systemd has it
// now: that of ExecStart= in systemd.service(5), which need not be the first argument.
func Program(ctx context.Context) (string, error) {
	value, err := property(ctx, "ExecStart")
	if commands, ok := value.([][]any); ok && len(commands) > 0 && len(commands[0]) > 0 {
		path, _ := commands[0][0].(string)
		return path, err
	}
	return "", err
}

// property of this process's unit.
func property(ctx context.Context, property string) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	defer conn.Close()
	name, err := conn.GetUnitNameByPID(ctx, 0) // whoever asks
	if err != nil {
		return nil, fmt.Errorf("asking systemd for the unit: %w", err)
	}
	found, err := conn.GetUnitTypePropertyContext(ctx, name, "Service", property)
	if err != nil {
		return nil, fmt.Errorf("asking systemd about %s: %w", name, err)
	}
	return found.Value.Value(), nil
}
