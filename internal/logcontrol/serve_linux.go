package logcontrol

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// A bus that is not there, or refuses the name, is tried again after retryFirst,
// then after longer and longer, up to retryLast.
const (
	retryFirst = 5 * time.Second
	retryLast  = 10 * time.Minute
)

// Serve answers on the system bus under the name until ctx ends. Another process
// that has the name loses it, and gets it back when this one ends first: so it
// goes over in an upgrade. tell hears why it does not work, now and then.
func Serve(ctx context.Context, name string, log Log, tell func(error)) {
	retry := retryFirst
	for ctx.Err() == nil {
		begun := time.Now()
		err := serve(ctx, name, log)
		if ctx.Err() != nil {
			return
		}
		tell(err)
		if time.Since(begun) > retryLast {
			retry = retryFirst
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
		retry = min(2*retry, retryLast)
	}
}

// serve until the connection ends.
func serve(ctx context.Context, name string, log Log) error {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("logcontrol: connect to the system bus: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := export(conn, object{log}); err != nil {
		return fmt.Errorf("logcontrol: %w", err)
	}
	reply, err := conn.RequestName(name, dbus.NameFlagAllowReplacement|dbus.NameFlagReplaceExisting)
	if err != nil {
		return fmt.Errorf("logcontrol: request the name %s: %w", name, err)
	}
	if reply == dbus.RequestNameReplyExists {
		return fmt.Errorf("logcontrol: request the name %s: somebody has it and keeps it", name)
	}
	<-conn.Context().Done()
	return errors.New("logcontrol: the system bus has gone")
}

func export(conn *dbus.Conn, o object) error {
	return errors.Join(
		conn.Export(o, path, properties),
		conn.Export(introspectable{}, path, "org.freedesktop.DBus.Introspectable"),
	)
}
