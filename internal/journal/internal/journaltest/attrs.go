package journaltest

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"syscall"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Record packs a record for a test.
func Record(t time.Time, level slog.Level, msg string, attrs ...slog.Attr) record.Packed {
	return record.AppendAttrs(record.AppendHead(nil, t, level, 0, 0, msg), attrs)
}

// SomeTime is not in UTC, and has more digits than a line shows.
var SomeTime = time.Date(2026, 11, 23, 23, 59, 59, 123456789, time.FixedZone("", 3600))

type point struct{ X, Y int }

type names []string

func (n names) String() string { return strings.Join(n, "+") }

type broken struct{ p *int }

// MarshalText panics for a broken.
func (b broken) MarshalText() ([]byte, error) { return fmt.Append(nil, *b.p), nil }

// EveryKind is an attribute of each kind that there is.
func EveryKind() []slog.Attr {
	return []slog.Attr{
		slog.String("s", "a \"b\"\n"),
		slog.Int("i", -7),
		slog.Uint64("u", math.MaxUint64),
		slog.Float64("f", 0.1),
		slog.Float64("nan", math.NaN()),
		slog.Bool("t", true),
		slog.Bool("n", false),
		slog.Duration("d", 90*time.Second+time.Millisecond),
		slog.Time("at", SomeTime),
		slog.Any("err", fmt.Errorf("open: %w", syscall.ENOENT)),
		slog.Any("point", point{1, 2}),
		slog.Any("names", names{"a", "b"}),
		slog.Any("bytes", []byte("raw")),
		slog.Any("nil", nil),
		slog.Any("chan", make(chan int)),
		slog.Any("broken", broken{}),
		slog.Any("nobody", (*broken)(nil)),
		slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.Int("b", 2)), slog.Group("empty")),
		slog.Group("", slog.Int("inline", 3)),
		{},
	}
}
