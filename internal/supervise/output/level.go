package output

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"
)

// levelOfWord reads a level as any of the loggers writes it, in any case:
// "error", "ERR", "warning", "ERROR+4", "INFO-2", "dpanic".
func levelOfWord(word string) (slog.Level, bool) {
	offset := 0
	if i := strings.IndexAny(word, "+-"); i > 0 {
		n, err := strconv.ParseInt(word[i:], 10, 8)
		if err != nil {
			return 0, false
		}
		word, offset = word[:i], int(n)
	}
	var folded [12]byte
	if len(word) < 3 || len(word) > len(folded) {
		return 0, false
	}
	for i := range len(word) {
		c := word[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	level, ok := levelOfFolded(folded[:len(word)])
	return level + slog.Level(offset), ok
}

func levelOfFolded(word []byte) (slog.Level, bool) {
	switch string(word) {
	case "trace", "trac", "trc", "debug", "debu", "dbg":
		return slog.LevelDebug, true
	case "info", "inf", "information":
		return slog.LevelInfo, true
	case "notice":
		return levelNotice, true
	case "warn", "warning", "wrn":
		return slog.LevelWarn, true
	case "error", "erro", "err", "severe":
		return slog.LevelError, true
	case "fatal", "fata", "ftl", "panic", "pani", "pnc", "dpanic", "crit", "critical":
		return levelCrit, true
	case "alert":
		return levelAlert, true
	case "emerg", "emergency":
		return levelEmerg, true
	}
	return 0, false
}

// syslogLevel is the level of a priority of syslog(3), 0 to 7.
func syslogLevel(priority int) slog.Level {
	return [...]slog.Level{
		levelEmerg, levelAlert, levelCrit, slog.LevelError,
		slog.LevelWarn, levelNotice, slog.LevelInfo, slog.LevelDebug,
	}[priority]
}

// numericLevel reads the numbers that are in use: those of syslog(3) up to 7,
// and the tens of pino and bunyan from 10 on.
func numericLevel(n int) (slog.Level, bool) {
	switch {
	case 0 <= n && n <= 7:
		return syslogLevel(n), true
	case 10 <= n && n < 30:
		return slog.LevelDebug, true
	case 30 <= n && n < 40:
		return slog.LevelInfo, true
	case 40 <= n && n < 50:
		return slog.LevelWarn, true
	case 50 <= n && n < 60:
		return slog.LevelError, true
	case n == 60:
		return levelCrit, true
	}
	return 0, false
}

// leadingLevel reads the level that a line without a format begins with:
// "[error] text", "ERROR text", "Warning: text". A word in small letters means
// a level only before a colon or in brackets, since sentences begin with words.
func leadingLevel(text string) (slog.Level, bool) {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		word, _, closed := strings.Cut(rest[:min(len(rest), 16)], "]")
		if !closed {
			return 0, false
		}
		return levelOfWord(strings.TrimSpace(word))
	}
	end := 0
	for end < len(text) && end < 12 && letter(text[end]) {
		end++
	}
	word, rest := text[:end], text[end:]
	switch {
	case rest == "" || letter(rest[0]):
		return 0, false
	case rest[0] == ':', strings.HasPrefix(rest, " #"): // Gin: "Error #01: text"
		return levelOfWord(word)
	case rest[0] != ' ' && rest[0] != '\t' && rest[0] != ']' && rest[0] != '|':
		return 0, false
	case strings.ContainsFunc(word, unicode.IsLower):
		return 0, false
	}
	return levelOfWord(word)
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// timestamp is the length of the date and time that a line begins with, and of
// what goes with them: the spaces, and the file of package log. 0 if there is none.
//
//	2006/01/02 15:04:05.000000 file.go:12: text
//	2006-01-02T15:04:05.000Z text
//	3:04PM text
func timestamp(text string) int {
	end := dateAndTime(text)
	if end == 0 {
		end = kitchenTime(text)
	}
	if end == 0 {
		return 0
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
		end++
	}
	return end + sourceFile(text[end:])
}

func dateAndTime(text string) int {
	const layout = "0000-00-00 00:00:00"
	if len(text) < len(layout) {
		return 0
	}
	for i := range len(layout) {
		switch c := text[i]; layout[i] {
		case '0':
			if !digit(c) {
				return 0
			}
		case '-':
			if c != '-' && c != '/' {
				return 0
			}
		case ' ':
			if c != ' ' && c != 'T' {
				return 0
			}
		default:
			if c != ':' {
				return 0
			}
		}
	}
	end := len(layout)
	for end < len(text) && (digit(text[end]) || strings.IndexByte(".,:+-Z", text[end]) >= 0) {
		end++
	}
	return end
}

// kitchenTime is what zerolog's console writer begins with.
func kitchenTime(text string) int {
	colon := strings.IndexByte(text[:min(len(text), 3)], ':')
	if colon < 1 || len(text) < colon+5 || !digit(text[0]) || !digit(text[colon+1]) || !digit(text[colon+2]) {
		return 0
	}
	if half := text[colon+3 : colon+5]; half != "AM" && half != "PM" {
		return 0
	}
	return colon + 5
}

func sourceFile(text string) int {
	file, _, found := strings.Cut(text[:min(len(text), 128)], ": ")
	if !found || !strings.Contains(file, ".go:") || strings.ContainsAny(file, " \t") {
		return 0
	}
	return len(file) + 2
}
