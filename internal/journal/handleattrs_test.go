package journal

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"
)

func TestHandleAttrsIsHandle(t *testing.T) {
	j, _ := open(t, Options{Target: JSON})
	now := time.Now()
	for _, attrs := range [][]slog.Attr{nil, {slog.Int("a", 1), slog.Group("g", slog.String("b", "c")), slog.Bool("d", true)}} {
		for _, h := range []slog.Handler{
			j.Handler(),
			j.Handler().WithAttrs([]slog.Attr{slog.String("with", "this")}).WithGroup("group"),
		} {
			record := slog.NewRecord(now, LevelNotice, "message", 0)
			record.AddAttrs(attrs...)
			if err := h.Handle(context.Background(), record); err != nil {
				t.Fatal(err)
			}
			if err := h.(*handler).HandleAttrs(now, LevelNotice, "message", 0, attrs); err != nil {
				t.Fatal(err)
			}
			flush(t, j)
			lines := j.Tail(2, slog.LevelDebug)
			if len(lines) != 2 || !bytes.Equal(lines[0].JSON, lines[1].JSON) {
				t.Errorf("%s", lines)
			}
		}
	}
}
