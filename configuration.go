package gind

import (
	"context"
	"os"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/settings"
)

// configuration is the config of one service: how it is read, and what is in force.
type configuration struct {
	loader    *config.Loader
	ctx       context.Context  // of the start
	bootstrap *config.Snapshot // while the application adds its sections
	store     *config.Store    // nil until then
}

// loader reads the layers, later ones win: defaults, file, environment, the
// program's own values, flags.
func (p *program) loader(in command.Input) *config.Loader {
	own, flags := config.Values{}, config.Values{}
	for key, text := range p.options.values {
		own[key] = config.Value{Text: text, Source: "gind.Value"}
	}
	for key, value := range in.Values {
		flags[key] = config.Value{Text: value.Text, Source: value.Flag}
	}
	return &config.Loader{
		Schema: config.NewSchema(settings.Default()),
		Sources: []config.Source{
			config.File{Path: in.ConfigFile, Optional: !in.Explicit},
			config.Environment{Prefix: variablePrefix(p.options.name), Variables: os.Environ()},
			own, flags,
		},
		Checks: []func(*config.Snapshot) []*config.Mistake{settings.Check},
	}
}

// variablePrefix of a service: "SHOP_" for shop.
func variablePrefix(name string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_"
}

// open reads the config for the first time, without the application's sections.
func (c *configuration) open(ctx context.Context) (err error) {
	c.ctx = ctx
	c.bootstrap, err = c.loader.Load(ctx)
	return configError(err)
}

// complete reads it again, strictly, with the sections that setup has added.
func (c *configuration) complete(ctx context.Context) error {
	c.loader.Schema.Close()
	store, err := config.Open(ctx, c.loader)
	if err != nil {
		return configError(err)
	}
	c.store = store
	return nil
}

// current is what is in force.
func (c *configuration) current() *config.Snapshot {
	if c.store == nil {
		return c.bootstrap
	}
	return c.store.Current()
}

func (c *configuration) version() int { return c.current().Version }

func (c *configuration) keys() *settings.Settings { return keysOf(c.current()) }

func keysOf(s *config.Snapshot) *settings.Settings { return s.Value().(*settings.Settings) }

func (c *configuration) status() control.ConfigStatus {
	s := c.current()
	return control.ConfigStatus{Version: s.Version, Time: s.Time, Who: s.Who, Files: s.Files}
}

func (c *configuration) entries() []command.Entry {
	var list []command.Entry
	for _, e := range c.current().Entries() {
		list = append(list, command.Entry{Key: e.Key, Value: e.Value, Origin: e.Origin.String(), Default: e.Default()})
	}
	return list
}

// configError gives mistakes the exit status of a bad config, and the lines they
// stand on.
func configError(err error) error {
	if err == nil {
		return nil
	}
	return &command.ConfigError{Err: explained{err}}
}

// explained shows mistakes with their lines of the file.
type explained struct{ error }

func (e explained) Error() string { return strings.TrimRight(config.Explain(e.error), "\n") }
func (e explained) Unwrap() error { return e.error }

// mistakesOf an error, as the control socket tells them.
func mistakesOf(err error) []control.Mistake {
	var list []control.Mistake
	for _, m := range config.Mistakes(err) {
		list = append(list, control.Mistake{File: m.Source, Line: m.Line, Column: m.Column, Key: m.Key, Text: m.Text})
	}
	return list
}
