package program

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/program/port"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/internal/socketunit"
)

// port of the service that systemd listens on, or without one what the config says.
func (p *Program) port(ctx context.Context, in command.Input, wanted string) (report string, err error) {
	number := 0
	if wanted != "" {
		if number, err = port.Parse(wanted); err != nil {
			return "", command.Usage(err)
		}
		if os.Geteuid() != 0 {
			return "", fmt.Errorf("only root may change the port: sudo %s port %s", p.Name, wanted)
		}
	}
	systemd, err := socketunit.Dial(ctx)
	if err != nil {
		return "", err
	}
	defer systemd.Close()
	of := port.Port{Name: p.Name, Systemd: systemd, Folder: "/etc/systemd/system", Ask: port.Ask}
	if wanted == "" {
		report, err = of.Describe(ctx)
	} else {
		report, err = of.Change(ctx, number)
	}
	if !errors.Is(err, port.ErrNoSocket) {
		return report, err
	}
	if wanted == "" {
		return p.configuredAddresses(in), nil
	}
	return "", fmt.Errorf("%w: the port is in the config, set listeners.http.address to \":%d\" in %s, then: %s reload", err, number, in.ConfigFile, p.Name)
}

// configuredAddresses of the listeners, as the files have them.
func (p *Program) configuredAddresses(in command.Input) string {
	now, _ := p.layers().Loader(in).Peek(context.Background())
	if now == nil {
		return "the listeners are in " + in.ConfigFile
	}
	all := settings.Of(now).Listeners
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, fmt.Sprintf("listener %s: %s (listeners.%s.address)", name, all[name].Address, name))
	}
	return strings.Join(lines, "\n")
}
