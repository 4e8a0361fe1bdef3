package unit

import (
	"context"
	"fmt"

	"github.com/coreos/go-systemd/v22/dbus"
)

// StoreMax is how many descriptors systemd keeps for a service over its restarts
// (FileDescriptorStoreMax=). There is no answer where it knows no such unit.
func StoreMax(ctx context.Context, service string) (limit int, known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	defer conn.Close()
	of, err := conn.GetAllPropertiesContext(ctx, service)
	if err != nil {
		return 0, false, fmt.Errorf("asking systemd about %s: %w", service, err)
	}
	state, _ := of["LoadState"].(string)
	most, ok := of["FileDescriptorStoreMax"].(uint32)
	return int(most), ok && state == "loaded", nil
}
