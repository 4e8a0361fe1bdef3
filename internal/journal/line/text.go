package line

import (
	"context"
	"io"
	"log/slog"

	"github.com/lmittmann/tint"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// Text writes lines for people, in colour on a terminal.
type Text struct {
	out  buffer
	tint slog.Handler
}

// buffer is what tint writes to.
type buffer []byte

func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// How lines for people say the time: as it happens, and looking back.
const (
	TimeOfDay  = "15:04:05.000"
	dateOfTime = "Jan 02 15:04:05.000"
)

// NewText writes lines in colour or not, the time in a layout.
func NewText(color bool, layout string) *Text {
	f := new(Text)
	f.tint = newTint(&f.out, color, layout)
	return f
}

func newTint(w io.Writer, color bool, layout string) slog.Handler {
	return tint.NewTextHandler(w, &tint.Options{
		Level:       slog.LevelDebug - 1<<10, // what is logged was decided before
		TimeFormat:  layout,
		NoColor:     !color,
		ReplaceAttr: nameLevel,
	})
}

// nameLevel gives the levels that slog has no name for theirs.
func nameLevel(groups []string, a slog.Attr) slog.Attr {
	if a.Key != slog.LevelKey || len(groups) > 0 {
		return a
	}
	logged, ok := a.Value.Any().(slog.Level)
	if !ok {
		return a
	}
	const green, red = 10, 9
	switch l := level.All[level.Rank(logged)]; l.Level {
	case level.Notice:
		return tint.Attr(green, slog.String(a.Key, "NTC"))
	case level.Crit, level.Alert, level.Emerg:
		return tint.Attr(red, slog.String(a.Key, l.Upper[:3]))
	default:
		return slog.Any(a.Key, l.Level)
	}
}

// Append implements Appender. The mark is not shown.
func (f *Text) Append(dst []byte, r record.Packed, _ Mark) []byte {
	f.out = f.out[:0]
	if err := f.tint.Handle(context.Background(), recordOf(r)); err != nil {
		return dst
	}
	return append(dst, f.out...)
}

// recordOf is r as slog has it.
func recordOf(r record.Packed) slog.Record {
	record := slog.NewRecord(r.Time(), r.Level(), string(r.Message()), r.PC())
	ts := r.Tokens()
	record.AddAttrs(attrsOf(&ts)...)
	return record
}

// attrsOf reads attributes to the end of the group that is open.
func attrsOf(ts *record.Tokens) []slog.Attr {
	var attrs []slog.Attr
	var t record.Token
	for ts.Next(&t) && t.Kind != record.KindClose {
		key := string(t.Key)
		switch t.Kind {
		case record.KindErrno:
		case record.KindOpen:
			attrs = append(attrs, slog.Attr{Key: key, Value: slog.GroupValue(attrsOf(ts)...)})
		default:
			attrs = append(attrs, slog.Attr{Key: key, Value: valueOf(&t)})
		}
	}
	return attrs
}

func valueOf(t *record.Token) slog.Value {
	switch t.Kind {
	case record.KindString, record.KindJSON:
		return slog.StringValue(string(t.Text))
	case record.KindInt:
		return slog.Int64Value(int64(t.Number))
	case record.KindUint:
		return slog.Uint64Value(t.Number)
	case record.KindFloat:
		return slog.Float64Value(t.Float())
	case record.KindDuration:
		return slog.DurationValue(t.Duration())
	}
	return slog.BoolValue(t.Kind == record.KindTrue)
}
