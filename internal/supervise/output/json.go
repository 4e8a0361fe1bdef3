package output

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
)

var errJSON = errors.New("not a JSON object")

// eachMember calls f with each member of the object that text is, until f
// returns false: the key without its quotes, its escapes as they are, and the
// value as it stands there. It checks no more than it needs to find its way.
func eachMember(text string, f func(key, value string) bool) error {
	i := skipSpace(text, 1)
	if i < len(text) && text[i] == '}' {
		return nil
	}
	for {
		key, next := scanString(text, i)
		if next < 0 {
			return errJSON
		}
		i = skipSpace(text, next)
		if i >= len(text) || text[i] != ':' {
			return errJSON
		}
		i = skipSpace(text, i+1)
		end := skipValue(text, i)
		if end < 0 {
			return errJSON
		}
		if !f(key[1:len(key)-1], text[i:end]) {
			return nil
		}
		i = skipSpace(text, end)
		switch {
		case i < len(text) && text[i] == ',':
			i = skipSpace(text, i+1)
		case i == len(text)-1 && text[i] == '}':
			return nil
		default:
			return errJSON
		}
	}
}

func skipSpace(text string, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// scanString returns the string at i with its quotes, and where it ends, or -1.
func scanString(text string, i int) (string, int) {
	if i >= len(text) || text[i] != '"' {
		return "", -1
	}
	for from := i + 1; ; {
		n := strings.IndexByte(text[from:], '"')
		if n < 0 {
			return "", -1
		}
		end := from + n
		escapes := 0
		for text[end-1-escapes] == '\\' {
			escapes++
		}
		from = end + 1
		if escapes%2 == 0 {
			return text[i:from], from
		}
	}
}

// skipValue is the end of the value at i, or -1.
func skipValue(text string, i int) int {
	if i >= len(text) {
		return -1
	}
	switch text[i] {
	case '"':
		_, end := scanString(text, i)
		return end
	case '{', '[':
		return skipNested(text, i)
	}
	from := i
	for i < len(text) && strings.IndexByte(",}] \t\n\r", text[i]) < 0 {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func skipNested(text string, i int) int {
	for depth := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			_, end := scanString(text, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// jsonLevel is the level that an object names at its top.
func jsonLevel(text string) (level slog.Level, found bool) {
	_ = eachMember(text, func(key, value string) bool {
		if levelKey(key) {
			level, found = jsonLevelOf(value)
		}
		return !found
	})
	return level, found
}

func jsonLevelOf(value string) (slog.Level, bool) {
	if value[0] == '"' {
		return levelOfWord(value[1 : len(value)-1])
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, false
	}
	return numericLevel(n)
}

// levelKey, messageKey and timeKey are the names in use: those of the loggers
// in Go, and log.level, @timestamp and severity as Elastic and Google have them.
func levelKey(key string) bool {
	switch key {
	case "level", "lvl", "severity", "levelname", "log.level", "L":
		return true
	}
	return false
}

func messageKey(key string) bool {
	switch key {
	case "msg", "message", "M", "short_message":
		return true
	}
	return false
}

func timeKey(key string) bool {
	switch key {
	case "time", "ts", "timestamp", "@timestamp", "T":
		return true
	}
	return false
}

// jsonText is what a value is as text: a string without its quotes and escapes,
// everything else as it stands there.
func jsonText(value string) string {
	if value[0] != '"' {
		return value
	}
	if strings.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	var text string
	if json.Unmarshal([]byte(value), &text) != nil {
		return value
	}
	return text
}

// jsonKey is a key without its escapes.
func jsonKey(key string) string {
	if strings.IndexByte(key, '\\') < 0 {
		return key
	}
	return jsonText(`"` + key + `"`)
}
