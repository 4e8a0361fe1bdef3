package gind

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/command"
)

// Option says what Main and Run can't know.
type Option func(*options)

type options struct {
	name    string
	short   string
	file    string
	values  map[string]string
	version string
	own     []command.Own
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

// Command adds a command of the application's own to those that Main has, as in
// "shop migrate". run gets the arguments that follow its name, "--help" included.
// Its error is printed; the exit status is then 1, or what the error's method
// ExitStatus() int says.
func Command(name, short string, run func(ctx context.Context, args []string) error) Option {
	return func(o *options) { o.own = append(o.own, command.Own{Name: name, Short: short, Run: run}) }
}

// Complete has shells complete what follows the name of a command that [Command]
// has added, before this option. complete gets the words between that name and the one that is
// begun, and returns what that may become, each word with a description behind a
// tab if it has one, and whether names of files will do too.
func Complete(name string, complete func(ctx context.Context, args []string, begun string) (words []string, files bool)) Option {
	return func(o *options) {
		for i := range o.own {
			if o.own[i].Name == name {
				o.own[i].Complete = complete
			}
		}
	}
}

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
