package wiring

import (
	"github.com/gind/gind/internal/backoff"
	"github.com/gind/gind/internal/settings"
)

// Starts are the keys of starts that fail.
func Starts(keys *settings.Settings) backoff.Policy {
	return backoff.Policy{
		Pauses:  backoff.Pauses{First: keys.Backoff.First, Min: keys.Backoff.Min, Max: keys.Backoff.Max},
		Limit:   backoff.Limit{Crashes: keys.CrashLoop.Crashes, Window: keys.CrashLoop.Window},
		Healthy: keys.Backoff.Healthy,
		GiveUp:  keys.Start.GiveUp,
	}
}
