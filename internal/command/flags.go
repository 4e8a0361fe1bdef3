package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// flags are the ones that set keys of the config. A flag wins over every other
// layer, for as long as the process runs.
type flags struct {
	file     string
	control  string
	set      []string
	explicit *pflag.FlagSet
}

// shorthands are the keys with a flag of their own; --set reaches all of them.
var shorthands = []struct{ flag, key, usage string }{
	{"listen", "listeners.http.address", "`ADDRESS` to serve on (default 127.0.0.1:8080, or the socket systemd passes)"},
	{"root", "static.root", "`FOLDER` of static files to serve (default: built in)"},
	{"environment", "environment", "`NAME`, as production, development, test or staging (default production)"},
	{"log-level", "log.level", "least `LEVEL` logged, debug to emerg (default info)"},
}

// switches are those that need no value.
var switches = []struct{ flag, key, usage string }{
	{"watch", "config.watch", "reload by itself when a file of the config, a certificate or a secret changes"},
}

// shorthand adds the flags of the commands that read the config.
func (f *flags) shorthand(set *pflag.FlagSet) {
	for _, s := range shorthands {
		set.String(s.flag, "", s.usage)
	}
	for _, s := range switches {
		set.Bool(s.flag, false, s.usage)
	}
}

// persistent adds the flags of all commands.
func (f *flags) persistent(set *pflag.FlagSet, p *Program) {
	f.explicit = set
	set.StringVarP(&f.file, "config", "c", p.ConfigFile, "config `FILE`")
	set.StringArrayVar(&f.set, "set", nil, "set one config `KEY=VALUE`, as server.read_timeout=5s (repeatable)")
	set.StringVar(&f.control, "control", "", "control socket `PATH` of the service (default: from the config)")
}

// input is what the flags say.
func (f *flags) input(local *pflag.FlagSet) (Input, error) {
	in := Input{
		ConfigFile:    f.file,
		Explicit:      f.explicit.Changed("config") || local.Changed("file"),
		ControlSocket: f.control,
		Values:        map[string]Value{},
	}
	for _, assignment := range f.set {
		key, value, ok := strings.Cut(assignment, "=")
		if !ok || key == "" {
			return in, usageError{fmt.Errorf("--set %s: write it as KEY=VALUE", assignment)}
		}
		in.Values[key] = Value{Text: value, Flag: "--set " + key}
	}
	for _, s := range slices.Concat(shorthands, switches) {
		if flag := local.Lookup(s.flag); flag != nil && flag.Changed {
			in.Values[s.key] = Value{Text: flag.Value.String(), Flag: "--" + s.flag}
		}
	}
	return in, nil
}
