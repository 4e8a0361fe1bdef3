package reload

import (
	"context"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/settings"
	"github.com/gind/gind/status"
)

// Config is that of one service: how it is read, and what is in force.
type Config struct {
	loader *config.Loader
	store  *config.Store
	start  context.Context
	// standIn are the keys' defaults, in place of a bad config's: with them the
	// application can be set up, and all mistakes be told, in its sections too.
	standIn *settings.Settings
}

// Open reads the config for the first time, without the application's sections. A
// bad one is told by Complete, with what is wrong in the sections.
func Open(ctx context.Context, loader *config.Loader, options ...config.Option) (*Config, error) {
	store, err := config.Open(ctx, loader, options...)
	if err != nil {
		return nil, err
	}
	c := &Config{loader: loader, store: store, start: ctx}
	if store.IsWhole() {
		return c, nil
	}
	defaults, err := (&config.Loader{Schema: loader.Schema}).Load(ctx)
	if err != nil {
		return nil, err
	}
	c.standIn = settings.Of(defaults)
	return c, nil
}

// AddSection adds one of the application's, before Complete.
func (c *Config) AddSection(name string, prototype any) error {
	return c.store.AddSection(c.start, name, prototype)
}

// Complete reads the config again, strictly, with the sections that were added.
func (c *Config) Complete(ctx context.Context) error {
	c.standIn = nil
	return c.store.Seal(ctx)
}

// Store has the config, for those who follow it.
func (c *Config) Store() *config.Store { return c.store }

// Schema of the config, with the application's sections.
func (c *Config) Schema() *config.Schema { return c.loader.Schema }

// Current is what is in force.
func (c *Config) Current() *config.Snapshot { return c.store.Current() }

// Keys are those of gind that are in force.
func (c *Config) Keys() *settings.Settings {
	if c.standIn != nil {
		return c.standIn
	}
	return settings.Of(c.Current())
}

// Status says which config is in force.
func (c *Config) Status() status.Config {
	s := c.Current()
	now := status.Config{Version: s.Version, Time: s.Time, Who: s.Who, Files: s.Files, Pinned: s.Pinned}
	if mistakes := config.Mistakes(c.store.Trouble()); len(mistakes) > 0 {
		now.Instead = "the files are bad: " + mistakes[0].Error()
	}
	return now
}
