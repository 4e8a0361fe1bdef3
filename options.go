package gind

import (
	"os"
	"path/filepath"
	"strings"
)

// Option says what Main and Run can't know.
type Option func(*options)

type options struct {
	name    string
	short   string
	file    string
	values  map[string]string
	version string
}

// Name of the service: /etc/NAME/NAME.yaml is its config, NAME_SERVER_READ_TIMEOUT
// a variable that sets a key, and journalctl -t NAME its log.
// Default: the name of the executable.
func Name(name string) Option { return func(o *options) { o.name = name } }

// Describe says in one line what the service is, for --help.
func Describe(text string) Option { return func(o *options) { o.short = text } }

// ConfigFile is the config that is read unless a flag names another.
// Default: /etc/NAME/NAME.yaml, which need not exist.
func ConfigFile(path string) Option { return func(o *options) { o.file = path } }

// Value sets one key of the config, as the flag --set does: Run(ctx, h, Value("listeners.http.address", ":80")).
// It wins over file and environment; Main's flags win over it.
func Value(key, value string) Option { return func(o *options) { o.values[key] = value } }

// Version of the application. Default: that of its main module.
func Version(version string) Option { return func(o *options) { o.version = version } }

func newOptions(list []Option) options {
	o := options{name: executable(), values: map[string]string{}}
	for _, set := range list {
		set(&o)
	}
	if o.short == "" {
		o.short = o.name + " is a service made with gind"
	}
	if o.file == "" {
		o.file = configFile(o.name)
	}
	return o
}

func executable() string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}
