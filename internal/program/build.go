package program

import (
	"runtime/debug"
	"time"

	"github.com/gind/gind/internal/command"
)

// Linked is what the linker was told of the program, as text; the Date is RFC 3339.
type Linked struct{ Version, Commit, Date string }

// build is what the program says of itself, with what else is known of it.
func (p *Program) build() command.Build {
	b := p.Linked.orRecorded()
	if p.Version != "" {
		b.Version = p.Version
	}
	return b
}

// orRecorded is what the linker was told, or else what Go recorded of the main module.
func (l Linked) orRecorded() command.Build {
	b := command.Build{Version: l.Version, Commit: l.Commit}
	b.Date, _ = time.Parse(time.RFC3339, l.Date)
	if b.Version != "" {
		return b
	}
	b.Version = "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value[:min(len(setting.Value), 12)]
		case "vcs.time":
			b.Date, _ = time.Parse(time.RFC3339, setting.Value)
		}
	}
	return b
}
