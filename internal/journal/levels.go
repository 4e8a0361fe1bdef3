package journal

import (
	"fmt"
	"log/slog"
	"strings"
)

// The levels that syslog has and slog does not. They lie between and above
// slog's own, so that the usual comparison of levels stays true.
const (
	LevelNotice = slog.Level(2)
	LevelCrit   = slog.Level(12)
	LevelAlert  = slog.Level(16)
	LevelEmerg  = slog.Level(20)
)

// levelNames holds every named level from the least to the worst, with the
// syslog priority that journald files it under (systemd.journal-fields(7)).
var levelNames = [...]struct {
	level    slog.Level
	name     string
	upper    string
	priority int
}{
	{slog.LevelDebug, "debug", "DEBUG", 7},
	{slog.LevelInfo, "info", "INFO", 6},
	{LevelNotice, "notice", "NOTICE", 5},
	{slog.LevelWarn, "warn", "WARN", 4},
	{slog.LevelError, "error", "ERROR", 3},
	{LevelCrit, "crit", "CRIT", 2},
	{LevelAlert, "alert", "ALERT", 1},
	{LevelEmerg, "emerg", "EMERG", 0},
}

// ParseLevel reads a level by its name, in any case: debug, info, notice, warn,
// error, crit, alert or emerg, and syslog's own spellings warning, err and panic.
func ParseLevel(s string) (slog.Level, error) {
	name := strings.ToLower(strings.TrimSpace(s))
	switch name {
	case "warning":
		name = "warn"
	case "err":
		name = "error"
	case "panic":
		name = "emerg"
	}
	for _, l := range levelNames {
		if l.name == name {
			return l.level, nil
		}
	}
	return 0, fmt.Errorf("journal: level %q: not one of debug, info, notice, warn, error, crit, alert, emerg", s)
}

// LevelName is the name of the named level at or next below l: a level of the
// caller's own between info and notice is called info.
func LevelName(l slog.Level) string { return levelNames[rank(l)].name }

// SyslogName is LevelName as syslog and systemd spell it: err and warning.
func SyslogName(l slog.Level) string {
	switch name := LevelName(l); name {
	case "error":
		return "err"
	case "warn":
		return "warning"
	default:
		return name
	}
}

// Priority is the syslog priority of l, from 7 (debug) to 0 (emerg).
func Priority(l slog.Level) int { return levelNames[rank(l)].priority }

// rank is the index in levelNames of the named level at or next below l.
func rank(l slog.Level) int {
	for i := len(levelNames) - 1; i > 0; i-- {
		if l >= levelNames[i].level {
			return i
		}
	}
	return 0
}

// lane is where a record stands among the four files of the mirror, the worst first,
// because that is the order in which they are written when there is not time for all.
type lane uint8

const (
	laneError lane = iota // error and everything worse
	laneWarn
	laneInfo // info and notice
	laneDebug
	lanes
)

// lane is that of the record's level.
func (p packed) lane() lane { return laneOf(p.level()) }

func laneOf(l slog.Level) lane {
	switch {
	case l >= slog.LevelError:
		return laneError
	case l >= slog.LevelWarn:
		return laneWarn
	case l >= slog.LevelInfo:
		return laneInfo
	}
	return laneDebug
}

// String is the name of the lane's file without its extension.
func (n lane) String() string {
	return [lanes]string{"error", "warn", "info", "debug"}[n]
}
