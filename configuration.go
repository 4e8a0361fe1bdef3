package gind

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/settings"
)

// configuration is the config of one service: how it is read, and what is in force.
type configuration struct {
	loader *config.Loader
	store  *config.Store
	ctx    context.Context // of the start
	// standIn are the keys' defaults, in place of a bad config's: with them the
	// application can be set up, and all mistakes be told, in its sections too.
	standIn *settings.Settings
}

// loader reads the layers, later ones win: defaults, drop-ins of packages, the
// file, drop-ins of the operator, the overlay of the environment, .env,
// variables, the program's own values, flags.
func (p *program) loader(in command.Input) *config.Loader {
	own, flags := config.Values{}, config.Values{}
	for key, text := range p.options.values {
		own[key] = config.Value{Text: text, Source: "gind.Value"}
	}
	for key, value := range in.Values {
		flags[key] = config.Value{Text: value.Text, Source: value.Flag}
	}
	prefix := variablePrefix(p.options.name)
	sources := append(p.files(in),
		config.DotEnv{Path: dotEnvFile(in), Prefix: prefix, Refuse: refuseDotEnv},
		config.Environment{Prefix: prefix, Variables: os.Environ()},
		own, flags)
	loader := defaultsAlone()
	loader.Sources = sources
	return loader
}

// defaultsAlone reads no layer.
func defaultsAlone() *config.Loader {
	return &config.Loader{
		Schema: config.NewSchema(settings.Default()),
		Checks: []func(*config.Snapshot) []*config.Mistake{settings.Check, badChecks},
	}
}

// files are the layers in YAML. A file that is no regular one, as /dev/null, has
// no others beside it. What packages say is for the service's own file, not for
// another that a flag names.
func (p *program) files(in command.Input) []config.Source {
	main := config.File{Path: in.ConfigFile, Optional: !in.Explicit}
	var sources []config.Source
	if in.ConfigFile == p.options.file {
		sources = append(sources, config.DropIns{vendorDropIns(p.options.name)})
	}
	sources = append(sources, main)
	if in.ConfigFile == os.DevNull {
		return sources
	}
	dropIns := strings.TrimSuffix(in.ConfigFile, filepath.Ext(in.ConfigFile)) + ".d"
	return append(sources, config.DropIns{dropIns}, config.Overlay{File: in.ConfigFile, Key: "environment"})
}

// dotEnvFile is beside a config that a flag names, else in the working directory,
// where developers start their programs.
func dotEnvFile(in command.Input) string {
	if in.Explicit && in.ConfigFile != os.DevNull {
		return filepath.Join(filepath.Dir(in.ConfigFile), ".env")
	}
	return ".env"
}

func refuseDotEnv(value func(key string) string) string {
	if value("environment") == "development" || value("config.dotenv") == "true" {
		return ""
	}
	return "a file .env is for the environment development (take the key out, or set config.dotenv: true)"
}

// variablePrefix of a service: "SHOP_" for shop.
func variablePrefix(name string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_"
}

// open reads the config for the first time, without the application's sections.
// A bad one is told by complete, with what is wrong in the sections.
func (c *configuration) open(ctx context.Context, options ...config.Option) (err error) {
	c.ctx = ctx
	c.store, err = config.Open(ctx, c.loader, options...)
	if err != nil || c.store.IsWhole() {
		return command.BadConfig(err)
	}
	defaults, err := (&config.Loader{Schema: c.loader.Schema}).Load(ctx)
	if err != nil {
		return command.BadConfig(err)
	}
	c.standIn = keysOf(defaults)
	return nil
}

// complete reads it again, strictly, with the sections that setup has added.
func (c *configuration) complete(ctx context.Context) error {
	c.standIn = nil
	return command.BadConfig(c.store.Seal(ctx))
}

// orMistakes is the mistakes that are known, if there are any, in place of an
// error of the start that may come of them.
func (c *configuration) orMistakes(err error) error {
	if err == nil || isConfigError(err) || c.store.IsWhole() {
		return err
	}
	return command.BadConfig(c.store.Trouble())
}

// current is what is in force.
func (c *configuration) current() *config.Snapshot { return c.store.Current() }

func (c *configuration) version() int { return c.current().Version }

func (c *configuration) keys() *settings.Settings {
	if c.standIn != nil {
		return c.standIn
	}
	return keysOf(c.current())
}

func keysOf(s *config.Snapshot) *settings.Settings { return s.Value().(*settings.Settings) }

func (c *configuration) status() control.ConfigStatus {
	s := c.current()
	status := control.ConfigStatus{Version: s.Version, Time: s.Time, Who: s.Who, Files: s.Files, Pinned: s.Pinned}
	if mistakes := config.Mistakes(c.store.Trouble()); len(mistakes) > 0 {
		status.Instead = "the files are bad: " + mistakes[0].Error()
	}
	return status
}

func (c *configuration) entries() []config.Entry { return c.current().Entries() }

// isConfigError reports whether the config is what is wrong.
func isConfigError(err error) bool {
	var bad *command.ConfigError
	return errors.As(err, &bad)
}
