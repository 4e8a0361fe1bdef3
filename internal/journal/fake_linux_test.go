package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/target"
)

// toFake are the options for a journal that writes to f.
func toFake(f *journaltest.Journald) Options {
	return Options{Target: target.Journald, Socket: f.Path, Identifier: "test", Level: slog.LevelDebug, Rate: Unlimited}
}
