package unit

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
)

// askTime is how long systemd may take to answer.
const askTime = 2 * time.Second

// property of this process's unit, which is a service.
func property(ctx context.Context, name string) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	defer conn.Close()
	unit, err := conn.GetUnitNameByPID(ctx, 0) // whoever asks
	if err != nil {
		return nil, fmt.Errorf("asking systemd for the unit: %w", err)
	}
	value, err := conn.GetUnitTypePropertyContext(ctx, unit, "Service", name)
	if err != nil {
		return nil, fmt.Errorf("asking systemd about %s: %w", unit, err)
	}
	return value.Value.Value(), nil
}
