package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/level"
)

// newMirror makes a mirror that tells the target when its files cannot be written
// any more, and when they can again; nil if there is nothing to mirror.
func (j *Journal) newMirror(o MirrorOptions) *mirror {
	return newMirror(o, &j.beacon, func(m *mirror, err error) {
		dir := slog.String("dir", m.dir)
		if err != nil {
			j.own(slog.LevelError, EventMirrorFailing, "the log files cannot be written", slog.Any("error", err), dir)
			return
		}
		j.own(level.Notice, EventMirrorBack, "the log files can be written again", dir, slog.Uint64("missed", m.missed.Load()))
	})
}
