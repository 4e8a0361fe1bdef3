package journal

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

func TestEachFileHasExactlyItsLevel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, log := openQuiet(t, Options{Level: slog.LevelDebug, Mirror: MirrorOptions{Dir: dir, Mode: Always}})
	for _, l := range level.All {
		log.Log(t.Context(), l.Level, "level "+l.Name)
	}
	flush(t, j)
	want := map[record.Lane][]string{
		record.LaneDebug: {"debug"}, record.LaneInfo: {"info", "notice"}, record.LaneWarn: {"warn"},
		record.LaneError: {"error", "crit", "alert", "emerg"},
	}
	for n, levels := range want {
		lines := strings.Split(strings.TrimSpace(journaltest.ReadLog(t, dir, n)), "\n")
		if len(lines) != len(levels) {
			t.Errorf("%s.log has %d lines: %q", n, len(lines), lines)
			continue
		}
		for i, level := range levels {
			if !strings.Contains(lines[i], `"msg":"level `+level+`"`) {
				t.Errorf("%s.log, line %d: %s", n, i, lines[i])
			}
		}
	}
	if s := j.Stats(); s.Mirrored != 8 || s.Sent != 8 || s.Spilled != 0 || s.Records["error"] != 4 {
		t.Errorf("%+v", s)
	}
}

func TestFallbackAndOffWriteNothingWhileTheTargetTakesAll(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Fallback, Off} {
		dir := t.TempDir()
		j, log := openQuiet(t, Options{Mirror: MirrorOptions{Dir: dir, Mode: mode}})
		log.Error("x")
		flush(t, j)
		if text := journaltest.ReadAll(t, dir); text != "" {
			t.Errorf("%s: %s", mode, text)
		}
	}
}

func TestReopenFollowsLogrotate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, log := openQuiet(t, Options{Mirror: MirrorOptions{Dir: dir, Mode: Always, MaxSize: -1}})
	log.Info("one")
	flush(t, j)
	path := filepath.Join(dir, "info.log")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	log.Info("two") // between the two steps of logrotate: in the old file
	flush(t, j)
	if err := j.Reopen(); err != nil {
		t.Fatal(err)
	}
	log.Info("three")
	flush(t, j)
	if old := journaltest.ReadFile(t, path+".1"); !strings.Contains(old, "one") || !strings.Contains(old, "two") {
		t.Errorf("%s", old)
	}
	if now := journaltest.ReadFile(t, path); !strings.Contains(now, "three") || strings.Contains(now, "two") {
		t.Errorf("%s", now)
	}
}
