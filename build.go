package gind

import (
	"runtime/debug"
	"time"

	"github.com/gind/gind/internal/command"
)

// Set by the linker: go build -ldflags "-X github.com/gind/gind.version=1.2.3 …".
var (
	version string
	commit  string
	date    string // RFC 3339
)

// build is what the linker was told, or else what Go recorded of the main module.
func build() command.Build {
	b := command.Build{Version: version, Commit: commit}
	b.Date, _ = time.Parse(time.RFC3339, date)
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
