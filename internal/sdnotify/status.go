package sdnotify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxStatus is the longest status text in bytes. The manager drops a whole
// message above 4 KiB, and nobody reads a line that long.
const maxStatus = 1024

// statusLine is the STATUS= assignment for text, or nothing for no text.
func statusLine(text string) string {
	if text == "" {
		return ""
	}
	return "STATUS=" + oneLine(text)
}

// oneLine makes text safe as the value of an assignment: valid UTF-8 without
// control characters, at most maxStatus bytes.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return cut(strings.TrimSpace(text), maxStatus)
}

// cut shortens s to at most limit bytes, at the edge of a character.
func cut(s string, limit int) string {
	const ellipsis = "…"
	if len(s) <= limit {
		return s
	}
	end := limit - len(ellipsis)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}
