package gind

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/gind/gind/internal/alert"
	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
)

// unitName is what a name of a service's unit may be (systemd.unit(5)).
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,239}$`)

// alert tells those in the config's alerts that a unit has failed.
func (p *program) alert(ctx context.Context, in command.Input, unit string) (report string, err error) {
	if !unitName.MatchString(unit) {
		return "", fmt.Errorf("%q is no name of a unit", unit)
	}
	if os.Getenv("MONITOR_UNIT") == unit && isRestarted(ctx, unit) { // systemd asks, not somebody for a test
		return unit + " is being restarted: nobody is told", nil
	}
	keys, err := p.alertSettings(ctx, in)
	if err != nil {
		return "", err
	}
	targets := settings.Targets(keys.Alerts)
	if len(targets) == 0 {
		return "nobody is to be told: the config has no alerts", nil
	}
	n := p.failureNotice(ctx, unit)
	if err := alert.Send(ctx, targets, n); err != nil {
		return "", err
	}
	return fmt.Sprintf("told %s: %s", strings.Join(slices.Sorted(maps.Keys(keys.Alerts)), ", "), n.Subject()), nil
}

// alertSettings are the settings as they can be had: a bad config may be why the
// unit has failed. What is wrong elsewhere does not count; where there is nothing
// to be read at all, the last good version says who is told.
func (p *program) alertSettings(ctx context.Context, in command.Input) (*settings.Settings, error) {
	history := config.WithHistory(&config.History{Dir: historyDir(p.options.name)})
	store, err := config.Open(ctx, p.loader(in))
	if err != nil {
		return nil, command.BadConfig(err)
	}
	keys := keysOf(store.Current())
	if len(keys.Alerts) > 0 || store.Trouble() == nil {
		return keys, nil
	}
	earlier, err := config.Open(ctx, p.loader(in), history, config.WithFallback(func(*config.Snapshot) bool { return true }))
	if err != nil {
		return nil, command.BadConfig(err)
	}
	return keysOf(earlier.Current()), nil
}
