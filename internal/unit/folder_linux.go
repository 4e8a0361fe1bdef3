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
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return "", fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	defer conn.Close()
	name, err := conn.GetUnitNameByPID(ctx, 0) // whoever asks
	if err != nil {
		return "", fmt.Errorf("asking systemd for the unit: %w", err)
	}
	property, err := conn.GetUnitTypePropertyContext(ctx, name, "Service", "WorkingDirectory")
	if err != nil {
		return "", fmt.Errorf("asking systemd about %s: %w", name, err)
	}
	folder, _ := property.Value.Value().(string)
	return folder, nil
}
