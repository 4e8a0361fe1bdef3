package output

import (
	"strconv"
	"strings"
)

// eachPair calls f with each key=value of text, the quotes of values taken
// off, until f returns false. It returns what is left of text where there is no pair.
func eachPair(text string, f func(key, value string) bool) (rest string) {
	for {
		text = strings.TrimLeft(text, " ")
		end := strings.IndexAny(text, "= \"")
		if end <= 0 || text[end] != '=' {
			return text
		}
		key, after := text[:end], text[end+1:]
		var value string
		if strings.HasPrefix(after, `"`) {
			value, after = quoted(after)
		} else {
			value, after, _ = strings.Cut(after, " ")
		}
		if !f(key, value) {
			return after
		}
		text = after
	}
}

// quoted takes the Go string apart that text begins with. One without an end
// is the whole text.
func quoted(text string) (value, rest string) {
	literal, err := strconv.QuotedPrefix(text)
	if err != nil {
		return text, ""
	}
	if strings.IndexByte(literal, '\\') < 0 {
		return literal[1 : len(literal)-1], text[len(literal):]
	}
	value, err = strconv.Unquote(literal)
	if err != nil {
		return literal, text[len(literal):]
	}
	return value, text[len(literal):]
}
