package level

import (
	"fmt"
	"log/slog"
	"strings"
)

// The levels that syslog has and slog does not. They lie between and above
// slog's own, so that the usual comparison of levels stays true.
const (
	Notice = slog.Level(2)
	Crit   = slog.Level(12)
	Alert  = slog.Level(16)
	Emerg  = slog.Level(20)
)

// All holds every named level from the least to the worst, with the
// syslog priority that journald files it under (systemd.journal-fields(7)).
var All = [...]struct {
	Level    slog.Level
	Name     string
	Upper    string
	priority int
}{
	{slog.LevelDebug, "debug", "DEBUG", 7},
	{slog.LevelInfo, "info", "INFO", 6},
	{Notice, "notice", "NOTICE", 5},
	{slog.LevelWarn, "warn", "WARN", 4},
	{slog.LevelError, "error", "ERROR", 3},
	{Crit, "crit", "CRIT", 2},
	{Alert, "alert", "ALERT", 1},
	{Emerg, "emerg", "EMERG", 0},
}

// Parse reads a level by its name, in any case: debug, info, notice, warn,
// error, crit, alert or emerg, and syslog's own spellings warning, err and panic.
func Parse(s string) (slog.Level, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	switch name {
	case "warning":
		name = "warn"
	case "err":
		name = "error"
	case "panic":
		name = "emerg"
	}
	for _, l := range All {
		if l.Name == name {
			return l.Level, nil
		}
	}
	return 0, fmt.Errorf("journal: level %q: not one of debug, info, notice, warn, error, crit, alert, emerg", s)
}

// Name is the name of the named level at or next below l: a level of the
// caller's own between info and notice is called info.
func Name(l slog.Level) string { return All[Rank(l)].Name }

// SyslogName is LevelName as syslog and systemd spell it: err and warning.
func SyslogName(l slog.Level) string {
	switch name := Name(l); name {
	case "error":
		return "err"
	case "warn":
		return "warning"
	default:
		return name
	}
}

// Priority is the syslog priority of l, from 7 (debug) to 0 (emerg).
func Priority(l slog.Level) int { return All[Rank(l)].priority }

// Rank is the index in levelNames of the named level at or next below l.
func Rank(l slog.Level) int {
	for i := len(All) - 1; i > 0; i-- {
		if l >= All[i].Level {
			return i
		}
	}
	return 0
}
