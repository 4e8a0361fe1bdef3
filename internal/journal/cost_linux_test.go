package journal

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// access logs one record with as many attributes as a slog.Record holds without
// allocating itself.
func access(ctx context.Context, log *slog.Logger) {
	log.LogAttrs(ctx, slog.LevelInfo, "GET /v1/items/42",
		slog.String("method", "GET"), slog.String("path", "/v1/items/42"), slog.Int("status", 200),
		slog.Int64("bytes", 1234), slog.Duration("took", 1234567))
}

// perRequest is what a logger of one request has besides.
func perRequest(log *slog.Logger) *slog.Logger {
	return log.With("client", "192.0.2.7", "request_id", "01JDC5Q7V8", "user_agent", "curl/8.5.0")
}

// TestRecordOfTypedAttributesAllocatesNothing measures the whole way, from the
// caller to the system call and to the mirror's files.
func TestRecordOfTypedAttributesAllocatesNothing(t *testing.T) {
	f := journaltest.NewJournald(t)
	for name, mirror := range map[string]MirrorOptions{
		"journald":          {},
		"journald and JSON": {Dir: t.TempDir(), Mode: Always},
		"and logfmt":        {Dir: t.TempDir(), Mode: Always, Format: FormatLogfmt},
	} {
		o := toFake(f)
		o.Mirror = mirror
		j, log := open(t, o)
		log = perRequest(log).WithGroup("http")
		f.Shut() // what reads in this process allocates
		socket := journaltest.Silence(t, f)
		ctx := t.Context()
		for range 50 { // slowly, so that all of them take the whole way
			for range 100 {
				access(ctx, log)
			}
			flush(t, j)
		}
		allocs := testing.AllocsPerRun(1000, func() { access(ctx, log) })
		flush(t, j)
		if allocs >= 0.5 {
			t.Errorf("%s: %v allocations a record", name, allocs)
		}
		if s := j.Stats(); s.Sent == 0 || s.Lost > 0 {
			t.Errorf("%s: %+v", name, s)
		}
		_ = j.Close()
		socket()
		f.Listen()
	}
}

func BenchmarkCaller(b *testing.B) {
	f := journaltest.NewJournald(b)
	f.Shut()
	defer journaltest.Silence(b, f)()
	ctx := context.Background()
	b.Run("journald", func(b *testing.B) {
		j, log := open(b, toFake(f))
		log = perRequest(log)
		b.ReportAllocs()
		for b.Loop() {
			access(ctx, log)
		}
		b.StopTimer()
		report(b, j)
	})
	b.Run("governed", func(b *testing.B) {
		o := toFake(f)
		o.Rate = 0
		o.Mirror.Dir = b.TempDir()
		j, log := open(b, o)
		log = perRequest(log)
		b.ReportAllocs()
		for b.Loop() {
			access(ctx, log)
		}
		b.StopTimer()
		report(b, j)
	})
	b.Run("slog JSON to nowhere", func(b *testing.B) {
		log := perRequest(slog.New(slog.NewJSONHandler(io.Discard, nil))) //nolint:sloglint // it is its work that is measured
		b.ReportAllocs()
		for b.Loop() {
			access(ctx, log)
		}
	})
}

func report(b *testing.B, j *Journal) {
	flush(b, j)
	s := j.Stats()
	b.ReportMetric(float64(s.Sent)/float64(b.N)*100, "%sent")
	b.ReportMetric(float64(s.Spilled+s.Governed)/float64(b.N)*100, "%mirror")
	if s.Lost > 0 && s.Mirror.Dir != "" {
		b.Errorf("%+v", s)
	}
}

func BenchmarkPack(b *testing.B) {
	attrs := []slog.Attr{slog.String("method", "GET"), slog.String("path", "/v1/items/42"), slog.Int("status", 200),
		slog.Int64("bytes", 1234), slog.Duration("took", 1234567), slog.String("client", "192.0.2.7"),
		slog.String("request_id", "01JDC5Q7V8"), slog.String("user_agent", "curl/8.5.0")}
	now := time.Now()
	r := journaltest.Record(now, slog.LevelInfo, "GET /v1/items/42", attrs...)
	b.Run("pack", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf = record.AppendAttrs(record.AppendHead(buf[:0], now, slog.LevelInfo, 0, 0, "GET /v1/items/42"), attrs)
		}
	})
	b.Run("native", func(b *testing.B) {
		n := journald.NewNative("test")
		var buf []byte
		for b.Loop() {
			buf = n.Append(buf[:0], r)
		}
		b.ReportMetric(float64(len(buf)), "bytes")
	})
	b.Run("json", func(b *testing.B) {
		l := line.NewJSON(1)
		var buf []byte
		for b.Loop() {
			buf = l.Append(buf[:0], r, line.Unmarked)
		}
		b.ReportMetric(float64(len(buf)), "bytes")
	})
	b.Run("logfmt", func(b *testing.B) {
		l := line.NewLogfmt(1)
		var buf []byte
		for b.Loop() {
			buf = l.Append(buf[:0], r, line.Unmarked)
		}
		b.ReportMetric(float64(len(buf)), "bytes")
	})
}
