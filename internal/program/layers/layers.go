package layers

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/settings"
)

// Layers are where the config of one service comes from.
type Layers struct {
	// Name of the service, File its config unless a flag names another.
	Name, File string
	// Values of single keys that the program sets itself.
	Values map[string]string
	// Check finds what package settings cannot know of.
	Check func(*config.Snapshot) []*config.Mistake
}

// Loader reads the layers, later ones win: defaults, drop-ins of packages, the
// file, drop-ins of the operator, the overlay of the environment, .env,
// variables, the program's own values, flags.
func (l Layers) Loader(in command.Input) *config.Loader {
	own, flags := config.Values{}, config.Values{}
	for key, text := range l.Values {
		own[key] = config.Value{Text: text, Source: "gind.Value"}
	}
	for key, value := range in.Values {
		flags[key] = config.Value{Text: value.Text, Source: value.Flag}
	}
	prefix := variablePrefix(l.Name)
	sources := append(l.files(in),
		config.DotEnv{Path: dotEnvFile(in), Prefix: prefix, Refuse: refuseDotEnv},
		config.Environment{Prefix: prefix, Variables: os.Environ()},
		own, flags)
	loader := l.Defaults()
	loader.Sources = sources
	return loader
}

// Defaults reads no layer.
func (l Layers) Defaults() *config.Loader {
	return &config.Loader{
		Schema: config.NewSchema(settings.Default()),
		Checks: []func(*config.Snapshot) []*config.Mistake{settings.Check, l.Check},
	}
}

// files are the layers in YAML. A file that is no regular one, as /dev/null, has
// no others beside it. What packages say is for the service's own file, not for
// another that a flag names.
func (l Layers) files(in command.Input) []config.Source {
	main := config.File{Path: in.ConfigFile, Optional: !in.Explicit}
	var sources []config.Source
	if in.ConfigFile == l.File {
		sources = append(sources, config.DropIns{paths.VendorDropIns(l.Name)})
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
