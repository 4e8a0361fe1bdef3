package record

import "log/slog"

// Lane is where a record stands among the four files of the mirror, the worst first,
// because that is the order in which they are written when there is not time for all.
type Lane uint8

// The lanes. Lanes is how many there are.
const (
	LaneError Lane = iota // error and everything worse
	LaneWarn
	LaneInfo // info and notice
	LaneDebug
	Lanes
)

// Lane is that of the record's level.
func (p Packed) Lane() Lane { return LaneOf(p.Level()) }

// LaneOf is the lane of a level.
func LaneOf(l slog.Level) Lane {
	switch {
	case l >= slog.LevelError:
		return LaneError
	case l >= slog.LevelWarn:
		return LaneWarn
	case l >= slog.LevelInfo:
		return LaneInfo
	}
	return LaneDebug
}

// String is the name of the lane's file without its extension.
func (n Lane) String() string {
	return [Lanes]string{"error", "warn", "info", "debug"}[n]
}
