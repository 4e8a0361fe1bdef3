package line

import (
	"log/slog"
	"time"
)

// Line is one record as the mirror's JSON format has it.
type Line struct {
	Time  time.Time
	Level slog.Level
	// JSON is one JSON object, without the end of the line.
	JSON []byte
}
