package document

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gind/gind/value"
)

// shownWidth is how much of a long line is shown, in characters.
const shownWidth = 100

// text is a file's text, kept to show the lines that mistakes stand on.
type text struct {
	lines []string
	names map[string]bool // the names of all keys, and whether one of that name holds a secret
}

func newText(content string, names map[string]bool) *text {
	lines := strings.Split(content, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return &text{lines: lines, names: names}
}

// show is a line as it may be printed, and the column of the mark in it.
func (t *text) show(line, column int) (shown string, at int, ok bool) {
	if line < 1 || line > len(t.lines) {
		return "", 0, false
	}
	if start, secret := t.secret(line); secret {
		runes := []rune(t.lines[line-1])
		shown = printable(string(runes[:start])) + value.Redacted
		return shown, max(min(column, start+1), 1), true
	}
	shown, at = window(printable(t.lines[line-1]), column)
	return shown, at, true
}

// secret reports whether a line holds a secret, and at which character it begins.
func (t *text) secret(number int) (start int, yes bool) {
	line := t.lines[number-1]
	if start, yes := t.secretIn(line); yes && start < utf8.RuneCountInString(line) {
		return start, true
	}
	// A line of a text on several lines belongs to the keys above that are
	// indented less.
	limit := indentation(line)
	for i := number - 2; i >= 0 && limit > 0; i-- {
		if strings.TrimSpace(t.lines[i]) == "" || indentation(t.lines[i]) >= limit {
			continue
		}
		limit = indentation(t.lines[i])
		if _, yes := t.secretIn(t.lines[i]); yes {
			return indentation(line), true
		}
	}
	return 0, false
}

// keyInLine finds keys, between braces too.
var keyInLine = regexp.MustCompile(`([^\s{}\[\],:"'?]+)["']?[ \t]*:[ \t]*`)

// secretIn finds the first key of a line that holds a secret.
func (t *text) secretIn(line string) (start int, yes bool) {
	for _, at := range keyInLine.FindAllStringSubmatchIndex(line, -1) {
		if t.isSecret(line[at[2]:at[3]]) {
			return utf8.RuneCountInString(line[:at[1]]), true
		}
	}
	return 0, false
}

// suspicious are the words in the names of keys whose values are not shown where
// the schema does not know the key, such as in an application's section before
// it is registered.
var suspicious = []string{"password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "api_key", "private"}

func (t *text) isSecret(key string) bool {
	if secret, known := t.names[key]; known {
		return secret
	}
	key = strings.ToLower(key)
	for _, word := range suspicious {
		if strings.Contains(key, word) || EditDistance(key, word) <= 1 {
			return true
		}
	}
	for name, secret := range t.names {
		if secret && EditDistance(key, name) <= 2 {
			return true
		}
	}
	return false
}

func indentation(line string) int {
	return len(line) - len(strings.TrimLeft(line, " \t"))
}

// printable replaces what would move the mark, or speak to a terminal.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		default:
			return r
		}
	}, line)
}

// window is the part of a long line that is around a column.
func window(line string, column int) (shown string, at int) {
	runes := []rune(line)
	column = min(max(column, 1), len(runes)+1)
	if len(runes) <= shownWidth {
		return line, column
	}
	start := min(max(column-1-shownWidth/2, 0), len(runes)-shownWidth)
	shown = string(runes[start : start+shownWidth])
	at = column - start
	if start > 0 {
		shown, at = "…"+shown, at+1
	}
	if start+shownWidth < len(runes) {
		shown += "…"
	}
	return shown, at
}
