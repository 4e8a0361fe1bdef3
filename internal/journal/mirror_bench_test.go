package journal

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkMirror is what a record costs from the call until it is in the file,
// where there is no journald: below an error by and by, an error before the call returns.
func BenchmarkMirror(b *testing.B) {
	for _, l := range []slog.Level{slog.LevelInfo, slog.LevelError} {
		b.Run(LevelName(l), func(b *testing.B) {
			dir := b.TempDir()
			j, log := open(b, Options{Target: Journald, Socket: filepath.Join(dir, "nobody"), Mirror: MirrorOptions{Dir: dir}})
			log = log.With("host", "192.0.2.7", "run", "1")
			ctx := context.Background()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				log.LogAttrs(ctx, l, "request done", slog.String("method", "GET"), slog.String("path", "/v1/items/42"),
					slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond), slog.String("request_id", "01JDC5Q7V8"))
			}
			flush(b, j)
			b.StopTimer()
			if s := j.Stats(); s.Mirrored != uint64(b.N) && s.Lost != 0 {
				b.Errorf("%+v", s)
			}
		})
	}
}
