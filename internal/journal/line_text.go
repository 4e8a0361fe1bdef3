package journal

import (
	"context"
	"io"
	"log/slog"

	"github.com/lmittmann/tint"

	"github.com/gind/gind/internal/journal/level"
)

// textLines writes lines for people, in colour on a terminal.
type textLines struct {
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
	timeOfDay  = "15:04:05.000"
	dateOfTime = "Jan 02 15:04:05.000"
)

func newTextLines(color bool, layout string) *textLines {
	f := new(textLines)
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

func (f *textLines) append(dst []byte, r packed, _ mark) []byte {
	f.out = f.out[:0]
	if err := f.tint.Handle(context.Background(), recordOf(r)); err != nil {
		return dst
	}
	return append(dst, f.out...)
}

// recordOf is r as slog has it.
func recordOf(r packed) slog.Record {
	record := slog.NewRecord(r.time(), r.level(), string(r.message()), r.pc())
	ts := r.tokens()
	record.AddAttrs(attrsOf(&ts)...)
	return record
}

// attrsOf reads attributes to the end of the group that is open.
func attrsOf(ts *tokens) []slog.Attr {
	var attrs []slog.Attr
	var t token
	for ts.next(&t) && t.kind != kindClose {
		key := string(t.key)
		switch t.kind {
		case kindErrno:
		case kindOpen:
			attrs = append(attrs, slog.Attr{Key: key, Value: slog.GroupValue(attrsOf(ts)...)})
		default:
			attrs = append(attrs, slog.Attr{Key: key, Value: valueOf(&t)})
		}
	}
	return attrs
}

func valueOf(t *token) slog.Value {
	switch t.kind {
	case kindString, kindJSON:
		return slog.StringValue(string(t.text))
	case kindInt:
		return slog.Int64Value(int64(t.number))
	case kindUint:
		return slog.Uint64Value(t.number)
	case kindFloat:
		return slog.Float64Value(t.float())
	case kindDuration:
		return slog.DurationValue(t.duration())
	}
	return slog.BoolValue(t.kind == kindTrue)
}
