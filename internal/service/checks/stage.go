package checks

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/settings"
)

// Begin adds the checks that a config has, at the start.
func (c *Checks) Begin(now *config.Snapshot) error {
	_, add := changedChecks(nil, settings.Of(now))
	return c.swap(now, nil, add)
}

// Stage prepares the checks that a reload adds, changes or takes out. The others
// are not touched.
func (c *Checks) Stage(old, next *config.Snapshot) config.Prepared {
	remove, add := changedChecks(settings.Of(old), settings.Of(next))
	removed, restore := changedChecks(settings.Of(next), settings.Of(old))
	return config.Step{
		Make: func() error { return c.swap(next, remove, add) },
		Undo: func() {
			if err := c.swap(old, removed, restore); err != nil {
				c.log.Error("the checks are not what they were before the reload", "error", err)
			}
		},
	}
}

// changedChecks are the names of the checks that have gone or are others, and the
// checks that are new or others.
func changedChecks(old, next *settings.Settings) (remove []string, add []health.Check) {
	before, after := effective(old), effective(next)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if now, stays := after[name]; !stays || !reflect.DeepEqual(before[name], now) {
			remove = append(remove, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if was, known := before[name]; !known || !reflect.DeepEqual(was, after[name]) {
			add = append(add, checkOf(name, after[name]))
		}
	}
	return remove, add
}

// effective are the checks of a config with the defaults for all of them filled in.
func effective(keys *settings.Settings) map[string]settings.HealthCheck {
	all := map[string]settings.HealthCheck{}
	if keys == nil {
		return all
	}
	for name, c := range keys.Health.Checks {
		c.Interval = cmp.Or(c.Interval, keys.Health.Interval)
		c.Timeout = cmp.Or(c.Timeout, keys.Health.Timeout)
		all[name] = c
	}
	return all
}

// swap says where in the config a check stands that can't be added.
func (c *Checks) swap(s *config.Snapshot, remove []string, add []health.Check) error {
	err := c.Swap(remove, add)
	var taken *health.TakenError
	if errors.As(err, &taken) {
		return s.Mistake("health.checks."+taken.Name, "the application has a check of that name itself")
	}
	return err
}
