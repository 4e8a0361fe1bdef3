package gind

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/command"
	"github.com/gind/gind/internal/paths"
	"github.com/gind/gind/internal/program"
)

// Option says what Main and Run can't know.
type Option func(*options)

type options struct{ program program.Program }

// Name of the service: /etc/NAME/NAME.yaml is its config, NAME_SERVER_READ_TIMEOUT
// a variable that sets a key, and journalctl -t NAME its log.
// Default: the name of the executable.
func Name(name string) Option { return func(o *options) { o.program.Name = name } }

// Describe says in one line what the service is, for --help.
func Describe(text string) Option { return func(o *options) { o.program.Short = text } }

// ConfigFile is the config that is read unless a flag names another.
// Default: /etc/NAME/NAME.yaml, which need not exist.
func ConfigFile(path string) Option { return func(o *options) { o.program.File = path } }

// Value sets one key of the config, as the flag --set does: Run(ctx, h, Value("listeners.http.address", ":80")).
// It wins over file and environment; Main's flags win over it.
func Value(key, value string) Option { return func(o *options) { o.program.Values[key] = value } }

// Version of the application. Default: that of its main module.
func Version(version string) Option { return func(o *options) { o.program.Version = version } }

// Command adds a command of the application's own to those that Main has, as in
// "shop migrate". run gets the arguments that follow its name, "--help" included.
// Its error is printed; the exit status is then 1, or what the error's method
// ExitStatus() int says.
func Command(name, short string, run func(ctx context.Context, args []string) error) Option {
	return func(o *options) {
		o.program.Own = append(o.program.Own, command.Own{Name: name, Short: short, Run: run})
	}
}

// Complete has shells complete what follows the name of a command that [Command]
// has added, before this option. complete gets the words between that name and the one that is
// begun, and returns what that may become, each word with a description behind a
// tab if it has one, and whether names of files will do too.
func Complete(name string, complete func(ctx context.Context, args []string, begun string) (words []string, files bool)) Option {
	return func(o *options) {
		for i := range o.program.Own {
			if o.program.Own[i].Name == name {
				o.program.Own[i].Complete = complete
			}
		}
	}
}

// Set by the linker: go build -ldflags "-X github.com/gind/gind.version=1.2.3 …".
var (
	version string
	commit  string
	date    string // RFC 3339
)

func newOptions(list []Option) options {
	o := options{program.Program{
		Name:   executable(),
		Values: map[string]string{},
		Linked: program.Linked{Version: version, Commit: commit, Date: date},
	}}
	for _, set := range list {
		set(&o)
	}
	if o.program.Short == "" {
		o.program.Short = o.program.Name + " is a service made with gind"
	}
	if o.program.File == "" {
		o.program.File = paths.Config(o.program.Name)
	}
	return o
}

func executable() string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}
