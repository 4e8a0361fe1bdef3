package probe

import (
	"context"
	"fmt"

	"github.com/coreos/go-systemd/v22/dbus"
)

func unit(name string) (Func, error) {
	return func(ctx context.Context) error {
		conn, err := dbus.NewWithContext(ctx)
		if err != nil {
			return fmt.Errorf("asking systemd over D-Bus: %w", err)
		}
		defer conn.Close()
		properties, err := conn.GetUnitPropertiesContext(ctx, name)
		if err != nil {
			return fmt.Errorf("asking systemd about %s: %w", name, err)
		}
		text := func(property string) string {
			s, _ := properties[property].(string)
			return s
		}
		return judge(name, text("LoadState"), text("ActiveState"), text("SubState"))
	}, nil
}
