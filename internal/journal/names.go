package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// What the rooms below have made, under the names that whoever logs knows it by.

// The levels that syslog has and slog does not.
const (
	LevelNotice = level.Notice
	LevelCrit   = level.Crit
	LevelAlert  = level.Alert
	LevelEmerg  = level.Emerg
)

// Secret is a string that is never logged.
type Secret = record.Secret

// ParseLevel is level.Parse.
func ParseLevel(s string) (slog.Level, error) { return level.Parse(s) }

// LevelName is level.Name.
func LevelName(l slog.Level) string { return level.Name(l) }

// SyslogName is level.SyslogName.
func SyslogName(l slog.Level) string { return level.SyslogName(l) }
