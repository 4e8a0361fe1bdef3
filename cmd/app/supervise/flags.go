package supervise

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/gind/gind/internal/config"
)

// request is what the command line says.
type request struct {
	file    string
	control string
	command []string // the program and its arguments
	name    string
	set     []string
	listen  []string
	env     []string
	notify  bool
	local   *pflag.FlagSet
}

// shorthands are the keys of a program with a flag of their own.
var shorthands = []struct{ flag, key, usage string }{
	{"directory", "directory", "working `DIRECTORY`"},
	{"user", "user", "`USER` to run the program as"},
	{"group", "group", "`GROUP` to run the program as (default: the user's)"},
	{"umask", "umask", "umask of the program in octal `DIGITS`"},
	{"restart", "restart", "restart `WHEN` it ends: always, on-failure or no (default always)"},
	{"probe", "probe.http", "`URL` to get each ten seconds; the program is restarted after three failures"},
	{"stop-signal", "stop.signal", "`SIGNAL` that stops the program (default SIGTERM)"},
	{"grace", "stop.grace", "`TIME` that the program may take to stop (default 10s)"},
}

func (r *request) flags(set *pflag.FlagSet) {
	r.local = set
	set.SortFlags = false
	set.StringVarP(&r.file, "file", "f", "", "`FILE` of programs")
	set.StringVar(&r.name, "name", "", "`NAME` of the program (default: that of its file)")
	set.StringArrayVarP(&r.env, "env", "e", nil, "`KEY=VALUE` for the program's environment (repeatable)")
	set.StringArrayVarP(&r.listen, "listen", "l", nil, "`NAME=ADDRESS` of a socket to open and pass as systemd does (repeatable)")
	set.BoolVar(&r.notify, "notify", false, "the program sends READY=1 (sd_notify)")
	for _, s := range shorthands {
		set.String(s.flag, "", s.usage)
	}
	set.StringArrayVar(&r.set, "set", nil, "any `KEY=VALUE` of the program, or of the log, as backoff.first=5s (repeatable)")
}

// values are the flags as keys of the config, so that what is wrong with one is
// told as for a file.
func (r *request) values() (config.Values, error) {
	v := config.Values{}
	prefix := ""
	if r.file == "" {
		prefix = "programs." + r.programName() + "."
	}
	for _, assignment := range r.set {
		key, value, ok := strings.Cut(assignment, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--set %s: write it as KEY=VALUE", assignment)
		}
		full := prefix + key
		if strings.HasPrefix(key, "log.") || strings.HasPrefix(key, "control.") {
			full = key
		}
		v[full] = config.Value{Text: value, Source: "--set " + key}
	}
	if r.file != "" {
		return v, r.onlyForPrograms()
	}
	return v, r.programValues(v, prefix)
}

// onlyForPrograms refuses flags that would say something of one program.
func (r *request) onlyForPrograms() (err error) {
	r.local.Visit(func(f *pflag.Flag) {
		if f.Name != "file" && f.Name != "set" && f.Name != "control" {
			err = fmt.Errorf("--%s is for one program; with --file, write it into the file", f.Name)
		}
	})
	return err
}

func (r *request) programValues(v config.Values, prefix string) error {
	list := func(key, source string, texts []string) error {
		for _, text := range texts {
			if !utf8.ValidString(text) {
				return fmt.Errorf("%s: %q is not valid UTF-8", source, text)
			}
		}
		text, err := json.Marshal(texts) // which is YAML too
		v[prefix+key] = config.Value{Text: string(text), Source: source}
		return err
	}
	if err := list("command", "the command line", r.command); err != nil {
		return err
	}
	if len(r.env) > 0 {
		if err := list("environment", "--env", r.env); err != nil {
			return err
		}
	}
	for _, assignment := range r.listen {
		name, address, ok := strings.Cut(assignment, "=")
		if !ok {
			return fmt.Errorf("--listen %s: write it as NAME=ADDRESS, as http=:8080", assignment)
		}
		v[prefix+"sockets."+name+".address"] = config.Value{Text: address, Source: "--listen " + name}
	}
	if r.notify {
		v[prefix+"start.notify"] = config.Value{Text: "true", Source: "--notify"}
	}
	for _, s := range shorthands {
		if f := r.local.Lookup(s.flag); f.Changed {
			v[prefix+s.key] = config.Value{Text: f.Value.String(), Source: "--" + s.flag}
		}
	}
	return nil
}

// programName is what --name says, or the name of the program's file, with a
// dash for what a name can't have.
func (r *request) programName() string {
	if r.name != "" {
		return r.name
	}
	base := strings.TrimSuffix(filepath.Base(r.command[0]), ".exe")
	name := strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' && c < utf8.RuneSelf {
			return c
		}
		return '-'
	}, base)
	return strings.Trim(name, "-_")
}
