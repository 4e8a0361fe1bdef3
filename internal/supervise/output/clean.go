package output

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// clean makes text safe for a journal and a terminal: colours are taken out,
// and bytes that are not UTF-8, and control characters, are written as \x1f.
// Tabs and line feeds stay. It costs nothing for text that is clean.
func clean(text string) string {
	if isClean(text) {
		return text
	}
	text = withoutEscapes(text)
	var b strings.Builder
	b.Grow(len(text) + 16)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, control(r):
			for _, c := range []byte(text[i : i+size]) {
				b.WriteString(`\x`)
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

const hex = "0123456789abcdef"

// control characters are those of ASCII and of ISO 8859 (C1), with which a
// terminal can be made to do things.
func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || 0x7f <= r && r < 0xa0
}

func isClean(text string) bool {
	for i := plainASCII(text); i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			return restIsClean(text[i:])
		}
		if control(rune(c)) {
			return false
		}
	}
	return true
}

// plainASCII is how many bytes at the beginning of text are certainly printable
// ASCII: it looks at eight at a time.
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord)
func plainASCII(text string) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for rest := unsafe.Slice(unsafe.StringData(text), len(text)); len(rest) >= 8; rest = rest[8:] {
		word := binary.LittleEndian.Uint64(rest)
		if ((word-' '*each)|(word+each)|word)&high != 0 {
			break
		}
		i += 8
	}
	return i
}

func restIsClean(text string) bool {
	for i, r := range text {
		if control(r) || r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return false
		}
	}
	return true
}

// withoutEscapes takes out the control sequences of ECMA-48, which begin with
// ESC [ and end with a letter or the like.
func withoutEscapes(text string) string {
	i := strings.Index(text, "\x1b[")
	if i < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for ; i >= 0; i = strings.Index(text, "\x1b[") {
		b.WriteString(text[:i])
		end := i + 2
		for end < len(text) && 0x20 <= text[end] && text[end] <= 0x3f {
			end++
		}
		if end < len(text) && 0x40 <= text[end] && text[end] <= 0x7e {
			end++
		}
		text = text[end:]
	}
	b.WriteString(text)
	return b.String()
}

// cut is the beginning of s, of at most n bytes and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
