package line

import (
	"log/slog"
	"runtime"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// Logfmt writes key=value pairs as slog's text handler does: groups as
// dots in the key, and what is not plain in quotes with Go's escapes.
type Logfmt struct {
	stamp   stamp
	sources record.Sources
	path    record.Path
	pid     string
}

// NewLogfmt writes the lines of a process.
func NewLogfmt(pid int) *Logfmt {
	return &Logfmt{sources: record.NewSources(appendLogfmtSource), pid: strconv.Itoa(pid)}
}

// Append implements Appender.
func (f *Logfmt) Append(dst []byte, r record.Packed, m Mark) []byte {
	if !r.Timeless() {
		dst = append(f.stamp.append(append(dst, "time="...), r.Nanos()), ' ')
	}
	dst = append(append(dst, "level="...), level.All[level.Rank(r.Level())].Upper...)
	dst = append(append(dst, " pid="...), f.pid...)
	if m != Unmarked {
		dst = append(append(dst, " journal="...), m.String()...)
	}
	dst = appendLogfmtText(append(dst, " msg="...), r.Message())
	if r.Level() >= slog.LevelWarn {
		dst = append(dst, f.sources.Of(r.PC())...)
	}
	f.path.Reset()
	ts := r.Tokens()
	var t record.Token
	for ts.Next(&t) {
		dst = f.appendToken(dst, &t)
	}
	return append(dst, '\n')
}

func (f *Logfmt) appendToken(dst []byte, t *record.Token) []byte {
	switch t.Kind {
	case record.KindErrno: // the text of the error says it
		return dst
	case record.KindOpen:
		f.path.Open(t.Key)
		return dst
	case record.KindClose:
		f.path.Close()
		return dst
	}
	dst = append(appendLogfmtText(append(dst, ' '), f.path.To(t.Key)), '=')
	if t.Kind == record.KindString || t.Kind == record.KindJSON {
		return appendLogfmtText(dst, t.Text)
	}
	return record.AppendScalar(dst, t)
}

// appendLogfmtText appends a key or a value, in quotes if it would not be read
// back as one word.
func appendLogfmtText(dst, s []byte) []byte {
	if plain(s) {
		return append(dst, s...)
	}
	return strconv.AppendQuote(dst, record.Text(s))
}

func plain(s []byte) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c <= ' ' || c == '=' || c == '"' || c == '\\' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return false
		}
		i += size
	}
	return len(s) > 0
}

func appendLogfmtSource(dst []byte, f runtime.Frame) []byte {
	return appendLogfmtText(append(dst, " source="...), appendSource(nil, f))
}
