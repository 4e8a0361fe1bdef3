package program

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"syscall"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/program/port"
	"github.com/gind/gind/internal/settings"
)

// badAddresses are those that could not be listened on now: somebody else does, or this
// machine does not have them. Where systemd passes a socket, or the service itself has
// the port, nothing is said.
func (p *Program) badAddresses(ctx context.Context, in command.Input, now *config.Snapshot) (warnings []*config.Mistake) {
	own, known := p.ownPorts(ctx, in)
	if !known {
		return nil
	}
	passed := p.passed(ctx)
	listeners := settings.Of(now).Listeners
	for _, name := range slices.Sorted(maps.Keys(listeners)) {
		address := listeners[name].Address
		number := portOf(address)
		if passed(name) || slices.Contains(own, number) {
			continue
		}
		key := fmt.Sprintf("listeners.%s.address", name)
		switch err := listener.CanBind(address); {
		case errors.Is(err, syscall.EADDRINUSE):
			warnings = append(warnings, now.Mistake(key, "port %d is taken%s", number, port.By(number)))
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			warnings = append(warnings, now.Mistake(key, "%q is no address of this machine", address))
		}
	}
	return warnings
}

// ownPorts are those that the running service has, if it can be asked.
func (p *Program) ownPorts(ctx context.Context, in command.Input) (ports []int, known bool) {
	path, _ := p.controlSocket(in)
	if path == "" || !answers(path) {
		return nil, true // it does not run
	}
	client, err := control.Dial(path)
	if err != nil {
		return nil, false
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	running, err := client.Status(ctx)
	for _, l := range running.Listeners {
		ports = append(ports, portOf(l.Address))
	}
	return ports, err == nil
}

// portOf an address; 0 where there is none.
func portOf(address string) int {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		number, _ = net.LookupPort("tcp", text)
	}
	return number
}
