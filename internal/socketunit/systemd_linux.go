package socketunit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/dbus"
)

// Systemd is the manager of the system, asked over D-Bus, or as root where there is no
// bus by its own socket.
type Systemd struct{ conn *dbus.Conn }

// Dial the manager.
func Dial(ctx context.Context) (*Systemd, error) {
	conn, err := dbus.NewWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking systemd over D-Bus: %w", err)
	}
	return &Systemd{conn}, nil
}

// Close the connection.
func (s *Systemd) Close() { s.conn.Close() }

// OwnService is the unit of this process.
func (s *Systemd) OwnService(ctx context.Context) (string, error) {
	name, err := s.conn.GetUnitNameByPID(ctx, 0) // whoever asks
	if err != nil {
		return "", fmt.Errorf("asking systemd for the unit: %w", err)
	}
	return name, nil
}

// Service is the state of a service's unit.
type Service struct {
	Loaded  bool
	State   string // ActiveState
	MainPID int
}

// Service asks how a service is.
func (s *Systemd) Service(ctx context.Context, unit string) (Service, error) {
	of, err := s.properties(ctx, unit)
	if err != nil {
		return Service{}, err
	}
	pid, _ := of["MainPID"].(uint32)
	return Service{Loaded: of["LoadState"] == "loaded", State: text(of["ActiveState"]), MainPID: int(pid)}, nil
}

// Sockets of a service: the units that systemd starts it for.
func (s *Systemd) Sockets(ctx context.Context, service string) ([]Socket, error) {
	of, err := s.properties(ctx, service)
	if err != nil {
		return nil, err
	}
	var list []Socket
	units, _ := of["TriggeredBy"].([]string)
	for _, unit := range slices.Sorted(slices.Values(units)) {
		if !strings.HasSuffix(unit, ".socket") {
			continue
		}
		socket, err := s.Socket(ctx, unit)
		if err != nil {
			return nil, err
		}
		list = append(list, socket)
	}
	return list, nil
}

// Socket asks about one unit.
func (s *Systemd) Socket(ctx context.Context, unit string) (Socket, error) {
	of, err := s.properties(ctx, unit)
	if err != nil {
		return Socket{}, err
	}
	socket := Socket{
		Unit: unit, Name: text(of["FileDescriptorName"]),
		Active: of["ActiveState"] == "active", Stale: of["NeedDaemonReload"] == true,
	}
	if fragment := text(of["FragmentPath"]); fragment != "" {
		socket.Files = append(socket.Files, fragment)
	}
	dropIns, _ := of["DropInPaths"].([]string)
	socket.Files = append(socket.Files, dropIns...)
	listens, _ := of["Listen"].([][]any) // pairs of type and address
	for _, l := range listens {
		if len(l) == 2 && l[0] == "Stream" {
			socket.Streams = append(socket.Streams, text(l[1]))
		}
	}
	return socket, nil
}

func (s *Systemd) properties(ctx context.Context, unit string) (map[string]any, error) {
	of, err := s.conn.GetAllPropertiesContext(ctx, unit)
	if err != nil {
		return nil, fmt.Errorf("asking systemd about %s: %w", unit, err)
	}
	return of, nil
}

func text(property any) string {
	s, _ := property.(string)
	return s
}

// Reload has systemd read all units anew.
func (s *Systemd) Reload(ctx context.Context) error {
	if err := s.conn.ReloadContext(ctx); err != nil {
		return fmt.Errorf("systemctl daemon-reload: %w", err)
	}
	return nil
}

// Start a unit, and wait until it is.
func (s *Systemd) Start(ctx context.Context, unit string) error {
	return s.job(ctx, "start", unit, s.conn.StartUnitContext)
}

// Stop a unit, and wait until it is. How often it was started before does not count at
// its next start.
func (s *Systemd) Stop(ctx context.Context, unit string) error {
	err := s.job(ctx, "stop", unit, s.conn.StopUnitContext)
	s.forget(ctx, unit)
	return err
}

// Restart a unit, also one that has failed too often, and wait until it is.
func (s *Systemd) Restart(ctx context.Context, unit string) error {
	s.forget(ctx, unit)
	return s.job(ctx, "restart", unit, s.conn.RestartUnitContext)
}

// forget that a unit has failed, or was started often. An error says that systemd had
// nothing to forget.
func (s *Systemd) forget(ctx context.Context, unit string) {
	_ = s.conn.ResetFailedUnitContext(ctx, unit)
}

// job of systemd's. Its outcome is one word, as "done" or "failed".
func (s *Systemd) job(ctx context.Context, what, unit string, begin func(context.Context, string, string, chan<- string) (int, error)) error {
	outcome := make(chan string, 1)
	_, err := begin(ctx, unit, "replace", outcome)
	if err == nil {
		select {
		case word := <-outcome:
			if word == "done" {
				return nil
			}
			err = errors.New("systemd says " + word)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return fmt.Errorf("systemctl %s %s: %w", what, unit, err)
}
