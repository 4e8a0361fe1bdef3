package port

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/internal/socketunit"
)

// Systemd is what is needed of a [socketunit.Systemd].
type Systemd interface {
	Service(ctx context.Context, unit string) (socketunit.Service, error)
	Sockets(ctx context.Context, service string) ([]socketunit.Socket, error)
	Socket(ctx context.Context, unit string) (socketunit.Socket, error)
	Reload(ctx context.Context) error
	Start(ctx context.Context, unit string) error
	Stop(ctx context.Context, unit string) error
	Restart(ctx context.Context, unit string) error
}

// Port is that of a service.
type Port struct {
	Name    string // of the service, as gind
	Systemd Systemd
	// Folder has the drop-ins: /etc/systemd/system.
	Folder string
	// Ask makes a request of a process at an address, and returns when that has answered.
	Ask func(ctx context.Context, address string, pid int) error
}

// ErrNoSocket is that systemd listens on no port for the service.
var ErrNoSocket = errors.New("systemd listens on no port for it")

// Sockets with a port that systemd has for the service.
func (p *Port) Sockets(ctx context.Context) ([]socketunit.Socket, error) {
	all, err := p.Systemd.Sockets(ctx, p.service())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s socketunit.Socket) bool { return !s.IsTCP() })
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no socket unit with a port: %w", p.service(), ErrNoSocket)
	}
	return all, nil
}

func (p *Port) service() string { return p.Name + ".service" }

// Describe is where systemd listens for the service, for people.
func (p *Port) Describe(ctx context.Context) (string, error) {
	sockets, err := p.Sockets(ctx)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, s := range sockets {
		line := fmt.Sprintf("%s, listener %s: %s", s.Unit, s.Name, strings.Join(s.Streams, ", "))
		if !s.Active {
			line += " (not started)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}

// Parse a port.
func Parse(text string) (int, error) {
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("%q is no port: a number from 1 to 65535 is", text)
	}
	return port, nil
}

// changeTime is how long a service may take to drain and to start, twice.
const changeTime = 6 * time.Minute

// Change the port. If the service does not answer at the new one, everything is as it was.
func (p *Port) Change(ctx context.Context, port int) (report string, err error) {
	ctx, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	c, err := p.plan(ctx, port)
	if err != nil {
		return "", err
	}
	if c.isDone() {
		return fmt.Sprintf("%s listens on port %d already: nothing to do", c.socket.Unit, port), nil
	}
	if err := c.free(); err != nil {
		return "", err
	}
	if report, err = c.apply(ctx); err == nil {
		return report, nil
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	if failed := c.undo(ctx); failed != nil {
		return "", fmt.Errorf("port %d: %w; and it could not be put back: %w", port, err, failed)
	}
	return "", fmt.Errorf("port %d: %w; everything is as it was, %s on port %d", port, err, c.socket.Unit, c.was)
}
