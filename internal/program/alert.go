package program

import (
	"context"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/program/failure"
	"github.com/gind/gind/internal/settings"
)

// alert tells those in the config's alerts that a unit has failed.
func (p *Program) alert(ctx context.Context, in command.Input, unit string) (report string, err error) {
	return failure.Tell(ctx, unit, failure.Service{
		Name:    p.Name,
		Crashes: p.crashFolder(),
		Alerts:  func(ctx context.Context) (map[string]settings.Alert, error) { return p.alerts(ctx, in) },
	})
}

// alerts are those that can be had: a bad config may be why the unit has failed. What
// is wrong elsewhere does not count; where there is nothing to be read at all, the last
// good version says who is told.
func (p *Program) alerts(ctx context.Context, in command.Input) (map[string]settings.Alert, error) {
	loader := p.layers().Loader
	store, err := config.Open(ctx, loader(in))
	if err != nil {
		return nil, command.BadConfig(err)
	}
	alerts := settings.Of(store.Current()).Alerts
	if len(alerts) > 0 || store.Trouble() == nil {
		return alerts, nil
	}
	earlier, err := config.Open(ctx, loader(in),
		config.WithHistory(&config.History{Dir: paths.History(p.Name)}),
		config.WithFallback(func(_, _ *config.Snapshot) bool { return true }))
	if err != nil {
		return nil, command.BadConfig(err)
	}
	return settings.Of(earlier.Current()).Alerts, nil
}
