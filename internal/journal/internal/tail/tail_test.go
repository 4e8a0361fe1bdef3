package tail

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/line"
)

// logTo has records kept.
func logTo(kept *Tail) func(level slog.Level, message string, attrs ...slog.Attr) {
	return func(level slog.Level, message string, attrs ...slog.Attr) {
		kept.Add(journaltest.Record(time.Now(), level, message, attrs...))
	}
}

func TestTailKeepsTheLastErrorsThroughAFlood(t *testing.T) {
	t.Parallel()
	kept := New(line.NewJSON(1))
	log := logTo(kept)
	for i := range 5 {
		log(slog.LevelError, "e"+strconv.Itoa(i))
	}
	for i := range 5000 {
		log(slog.LevelInfo, "flood", slog.Int("i", i))
	}
	log(slog.LevelWarn, "w")
	lines := kept.Last(3, slog.LevelWarn)
	var got []string
	for _, l := range lines {
		e, err := line.ParseEntry(l.JSON)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(e.Message))
	}
	if strings.Join(got, " ") != "e3 e4 w" {
		t.Errorf("%q", got)
	}
	all := kept.Last(1<<20, slog.LevelDebug)
	if n := len(all); n < 100 || n > 5006 {
		t.Errorf("%d lines in memory", n)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Time.Before(all[i-1].Time) {
			t.Fatal("not in the order of time")
		}
	}
	if len(kept.Last(0, slog.LevelDebug)) != 0 || len(kept.Last(-1, slog.LevelDebug)) != 0 {
		t.Error("none were wanted")
	}
	var bytes int
	for i := range kept.lanes {
		bytes += cap(kept.lanes[i].buf)
	}
	if bytes > 1<<20 {
		t.Errorf("the memory takes %d bytes", bytes)
	}
}

func TestFollowersGetTheirLevelAndSlowOnesMiss(t *testing.T) {
	t.Parallel()
	kept := New(line.NewJSON(1))
	log := logTo(kept)
	follow, slow := kept.Subscribe(slog.LevelWarn), kept.Subscribe(slog.LevelInfo)
	log(slog.LevelInfo, "no")
	log(slog.LevelWarn, "yes")
	if got := <-follow.Lines(); got.Level != slog.LevelWarn || !strings.Contains(string(got.JSON), `"msg":"yes"`) {
		t.Errorf("%s", got.JSON)
	}
	for range 2 * followBuffer {
		log(slog.LevelInfo, "many")
	}
	if n := slow.Missed(); n < followBuffer || n > followBuffer+2 {
		t.Errorf("missed %d", n)
	}
	follow.Close()
	follow.Close()
	if _, open := <-follow.Lines(); open {
		t.Error("more, after it was closed")
	}
	slow.Close()
	log(slog.LevelWarn, "to nobody")
}
