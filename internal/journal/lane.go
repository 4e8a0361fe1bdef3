package journal

import "log/slog"

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
