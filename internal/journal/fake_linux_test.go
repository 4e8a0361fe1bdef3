package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/journaltest"
)

// toFake are the options for a journal that writes to f.
func toFake(f *journaltest.Journald) Options {
	return Options{Target: Journald, Socket: f.Path, Identifier: "test", Level: slog.LevelDebug, Rate: Unlimited}
}
