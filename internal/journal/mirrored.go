package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/level"
)

// newMirror makes a mirror that tells the target when its files cannot be written
// any more, and when they can again; nil if there is nothing to mirror.
func (j *Journal) newMirror(o mirror.Options) *mirror.Mirror {
	return mirror.New(o, &j.beacon, func(m *mirror.Mirror, err error) {
		dir := slog.String("dir", m.Dir())
		if err != nil {
			j.own(slog.LevelError, EventMirrorFailing, "the log files cannot be written", slog.Any("error", err), dir)
			return
		}
		j.own(level.Notice, EventMirrorBack, "the log files can be written again", dir, slog.Uint64("missed", m.Missed()))
	})
}
