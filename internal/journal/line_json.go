package journal

import (
	"log/slog"
	"math"
	"runtime"
	"strconv"
	"unicode/utf8"
)

// jsonLines writes one JSON object a line.
type jsonLines struct {
	stamp   stamp
	sources sources
	pid     string
}

func newJSONLines(pid int) *jsonLines {
	return &jsonLines{sources: newSources(appendJSONSource), pid: strconv.Itoa(pid)}
}

func (f *jsonLines) append(dst []byte, r packed, m mark) []byte {
	dst = append(dst, '{')
	if !r.timeless() {
		dst = append(dst, `"time":"`...)
		dst = append(f.stamp.append(dst, r.nanos()), `",`...)
	}
	dst = append(append(dst, `"level":"`...), levelNames[rank(r.level())].upper...)
	dst = append(append(dst, `","pid":`...), f.pid...)
	if m != markNone {
		dst = append(append(append(dst, `,"journal":"`...), m.String()...), '"')
	}
	dst = appendJSONString(append(dst, `,"msg":`...), r.message())
	if r.level() >= slog.LevelWarn {
		dst = append(dst, f.sources.of(r.pc())...)
	}
	dst = appendJSONTokens(dst, r.tokens())
	return append(dst, '}', '\n')
}

// appendJSONTokens appends the attributes as members, and closes what they leave open.
func appendJSONTokens(dst []byte, ts tokens) []byte {
	open := 0
	var t token
	for ts.next(&t) {
		switch t.kind {
		case kindErrno: // the text of the error says it
		case kindClose:
			dst = append(dst, '}')
			open--
		case kindOpen:
			dst = append(appendJSONKey(dst, t.key), '{')
			open++
		default:
			dst = appendJSONValue(appendJSONKey(dst, t.key), &t)
		}
	}
	for range open {
		dst = append(dst, '}')
	}
	return dst
}

func appendJSONKey(dst, key []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendJSONString(dst, key), ':')
}

func appendJSONValue(dst []byte, t *token) []byte {
	switch t.kind {
	case kindString:
		return appendJSONString(dst, t.text)
	case kindJSON:
		return append(dst, t.text...)
	case kindDuration:
		return append(appendScalar(append(dst, '"'), t), '"')
	case kindFloat:
		if f := t.float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(appendScalar(append(dst, '"'), t), '"')
		}
	}
	return appendScalar(dst, t)
}

// appendJSONString appends s as a JSON string (RFC 8259). What is not UTF-8
// becomes U+FFFD; the ends of lines that JavaScript knows and JSON does not are
// escaped, and so are the characters that a terminal obeys.
func appendJSONString(dst, s []byte) []byte {
	i := 0
	for i < len(s) && plainJSON[s[i]] {
		i++
	}
	dst = append(append(dst, '"'), s[:i]...)
	from := i
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if plainJSON[c] {
				i++
				continue
			}
			dst = appendEscape(append(dst, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if (r == utf8.RuneError && size == 1) || unsafeRune(r) {
			dst = appendEscapedRune(append(dst, s[from:i]...), r)
			from = i + size
		}
		i += size
	}
	return append(append(dst, s[from:]...), '"')
}

// plainJSON is the bytes that stand in a JSON string as they are.
var plainJSON = func() (plain [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// unsafeRune is whether r ends a line somewhere or is one of the C1 controls.
func unsafeRune(r rune) bool {
	return r == '\u2028' || r == '\u2029' || (0x80 <= r && r <= 0x9f)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return appendEscapedRune(dst, rune(c))
}

func appendEscapedRune(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

func appendJSONSource(dst []byte, f runtime.Frame) []byte {
	return appendJSONString(append(dst, `,"source":`...), appendSource(nil, f))
}

// appendSource appends a place in the program: file:line function.
func appendSource(dst []byte, f runtime.Frame) []byte {
	dst = append(append(dst, f.File...), ':')
	dst = strconv.AppendInt(dst, int64(f.Line), 10)
	return append(append(dst, ' '), f.Function...)
}
