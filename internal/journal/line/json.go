package line

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// JSON writes one JSON object a line.
type JSON struct {
	stamp   stamp
	sources record.Sources
	heads   [len(level.All)][marks][]byte // what stands between the time and the message
	last    struct{ tokens, text []byte } // short attributes, and how they were written
}

// maxLast is how long attributes are, in bytes, that are remembered: those that a
// logger was made with, and nothing else.
const maxLast = 64

// NewJSON writes the lines of a process.
func NewJSON(pid int) *JSON {
	f := &JSON{sources: record.NewSources(appendJSONSource)}
	for rank, level := range level.All {
		for m := range marks {
			head := `"level":"` + level.Upper + `","pid":` + strconv.Itoa(pid)
			if m != Unmarked {
				head += `,"journal":"` + m.String() + `"`
			}
			f.heads[rank][m] = []byte(head + `,"msg":`)
		}
	}
	return f
}

// Append implements Appender.
func (f *JSON) Append(dst []byte, r record.Packed, m Mark) []byte {
	dst = append(dst, '{')
	if !r.Timeless() {
		dst = append(dst, `"time":"`...)
		dst = append(f.stamp.append(dst, r.Nanos()), `",`...)
	}
	dst = append(dst, f.heads[level.Rank(r.Level())][m]...)
	dst = appendJSONString(dst, r.Message())
	if r.Level() >= slog.LevelWarn {
		dst = append(dst, f.sources.Of(r.PC())...)
	}
	return append(f.appendTokens(dst, r.Tokens()), '}', '\n')
}

// appendTokens is appendJSONTokens, for less where they are those of the record before.
func (f *JSON) appendTokens(dst []byte, ts record.Tokens) []byte {
	if len(ts) > maxLast {
		return appendJSONTokens(dst, ts)
	}
	if bytes.Equal(ts, f.last.tokens) {
		return append(dst, f.last.text...)
	}
	from := len(dst)
	dst = appendJSONTokens(dst, ts)
	f.last.tokens = append(f.last.tokens[:0], ts...)
	f.last.text = append(f.last.text[:0], dst[from:]...)
	return dst
}

// appendJSONTokens appends the attributes as members, and closes what they leave open.
func appendJSONTokens(dst []byte, ts record.Tokens) []byte {
	open := 0
	var t record.Token
	for ts.Next(&t) {
		switch t.Kind {
		case record.KindErrno: // the text of the error says it
		case record.KindClose:
			dst = append(dst, '}')
			open--
		case record.KindOpen:
			dst = append(appendJSONKey(dst, t.Key), '{')
			open++
		default:
			dst = appendJSONValue(appendJSONKey(dst, t.Key), &t)
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

func appendJSONValue(dst []byte, t *record.Token) []byte {
	switch t.Kind {
	case record.KindString:
		return appendJSONString(dst, t.Text)
	case record.KindJSON:
		return append(dst, t.Text...)
	case record.KindDuration:
		return append(record.AppendScalar(append(dst, '"'), t), '"')
	case record.KindFloat:
		if f := t.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(record.AppendScalar(append(dst, '"'), t), '"')
		}
	}
	return record.AppendScalar(dst, t)
}

// appendJSONString appends s as a JSON string (RFC 8259). What is not UTF-8
// becomes U+FFFD; the ends of lines that JavaScript knows and JSON does not are
// escaped, and so are the characters that a terminal obeys.
func appendJSONString(dst, s []byte) []byte {
	if !allPlainJSON(s) {
		return append(appendEscaped(append(dst, '"'), s), '"')
	}
	at := len(dst)
	dst = slices.Grow(dst, len(s)+2)[:at+len(s)+2]
	dst[at], dst[len(dst)-1] = '"', '"'
	copy(dst[at+1:], s)
	return dst
}

func appendEscaped(dst, s []byte) []byte {
	for len(s) > 0 {
		if n := plainJSON(s); n > 0 {
			dst, s = append(dst, s[:n]...), s[n:]
			continue
		}
		if s[0] < utf8.RuneSelf {
			dst, s = appendEscape(dst, s[0]), s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		if (r == utf8.RuneError && size == 1) || unsafeRune(r) {
			dst = appendEscapedRune(dst, r)
		} else {
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return dst
}

// allPlainJSON is whether all of s stands in a JSON string as it is. The last of
// its words may lap over the one before.
func allPlainJSON(s []byte) bool {
	n := len(s)
	if n < 4 {
		return plainJSON(s) == n
	}
	if n < 8 {
		return specialJSON(uint64(binary.LittleEndian.Uint32(s))|uint64(binary.LittleEndian.Uint32(s[n-4:]))<<32) == 0
	}
	for i := 0; i < n-8; i += 8 {
		if specialJSON(binary.LittleEndian.Uint64(s[i:])) != 0 {
			return false
		}
	}
	return specialJSON(binary.LittleEndian.Uint64(s[n-8:])) == 0
}

// plainJSON is how many bytes at the beginning of s stand in a JSON string as they are.
func plainJSON(s []byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if special := specialJSON(binary.LittleEndian.Uint64(s[i:])); special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for i < len(s) && ' ' <= s[i] && s[i] < 0x7f && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// specialJSON sets the highest bit of each of eight bytes that does not stand in
// a JSON string as it is: a control character, a quote, a backslash, DEL, and
// what is not ASCII. Bits above the lowest that is set say nothing.
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord)
func specialJSON(word uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^('"'*each), word^('\\'*each)
	below := (word - ' '*each) | (quote - each) | (backslash - each)
	return (below | (word + each) | word) & high
}

// unsafeRune is whether r ends a line somewhere or is one of the C1 controls.
func unsafeRune(r rune) bool {
	return r == '\u2028' || r == '\u2029' || (0x80 <= r && r <= 0x9f)
}

const hexDigits = "0123456789ABCDEF"

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
