package journal

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

// TestMirrorFormatsKeepSlogsRules runs the tests of slog against the files.
func TestMirrorFormatsKeepSlogsRules(t *testing.T) {
	for _, format := range []Format{FormatJSON, FormatLogfmt} {
		t.Run(format.String(), func(t *testing.T) {
			var dir string
			var j *Journal
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				dir = t.TempDir()
				j, _ = openQuiet(t, Options{Mirror: MirrorOptions{Dir: dir, Mode: Always, Format: format}})
				return j.Handler()
			}, func(t *testing.T) map[string]any {
				if err := j.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if format == FormatJSON {
					var m map[string]any
					if err := json.Unmarshal([]byte(journaltest.ReadLog(t, dir, record.LaneInfo)), &m); err != nil {
						t.Fatal(err)
					}
					return m
				}
				return logfmtMap(t, dir)
			})
		})
	}
}

// logfmtMap is what Read has of the only line in dir, dots in keys being groups.
func logfmtMap(t *testing.T, dir string) map[string]any {
	t.Helper()
	flat, m := make(map[string]any), make(map[string]any)
	for l, err := range Read(dir, Query{Min: slog.LevelDebug}) {
		if err == nil {
			err = json.Unmarshal(l.JSON, &flat)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for key, value := range flat {
		at := m
		parts := strings.Split(key, ".")
		for _, group := range parts[:len(parts)-1] {
			if at[group] == nil {
				at[group] = map[string]any{}
			}
			at = at[group].(map[string]any)
		}
		at[parts[len(parts)-1]] = value
	}
	return m
}
