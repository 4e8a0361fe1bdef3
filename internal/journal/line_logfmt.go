package journal

import (
	"log/slog"
	"runtime"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/gind/gind/internal/journal/level"
)

// logfmtLines writes key=value pairs as slog's text handler does: groups as
// dots in the key, and what is not plain in quotes with Go's escapes.
type logfmtLines struct {
	stamp   stamp
	sources sources
	path    path
	pid     string
}

func newLogfmtLines(pid int) *logfmtLines {
	return &logfmtLines{sources: newSources(appendLogfmtSource), pid: strconv.Itoa(pid)}
}

func (f *logfmtLines) append(dst []byte, r packed, m mark) []byte {
	if !r.timeless() {
		dst = append(f.stamp.append(append(dst, "time="...), r.nanos()), ' ')
	}
	dst = append(append(dst, "level="...), level.All[level.Rank(r.level())].Upper...)
	dst = append(append(dst, " pid="...), f.pid...)
	if m != markNone {
		dst = append(append(dst, " journal="...), m.String()...)
	}
	dst = appendLogfmtText(append(dst, " msg="...), r.message())
	if r.level() >= slog.LevelWarn {
		dst = append(dst, f.sources.of(r.pc())...)
	}
	f.path.reset()
	ts := r.tokens()
	var t token
	for ts.next(&t) {
		dst = f.appendToken(dst, &t)
	}
	return append(dst, '\n')
}

func (f *logfmtLines) appendToken(dst []byte, t *token) []byte {
	switch t.kind {
	case kindErrno: // the text of the error says it
		return dst
	case kindOpen:
		f.path.open(t.key)
		return dst
	case kindClose:
		f.path.close()
		return dst
	}
	dst = append(appendLogfmtText(append(dst, ' '), f.path.to(t.key)), '=')
	if t.kind == kindString || t.kind == kindJSON {
		return appendLogfmtText(dst, t.text)
	}
	return appendScalar(dst, t)
}

// appendLogfmtText appends a key or a value, in quotes if it would not be read
// back as one word.
func appendLogfmtText(dst, s []byte) []byte {
	if plain(s) {
		return append(dst, s...)
	}
	return strconv.AppendQuote(dst, stringOf(s))
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
