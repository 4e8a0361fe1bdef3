package document

import (
	"strconv"
	"strings"
)

// Word is a text as it is written in YAML: in quotes where it would be read as
// something else.
func Word(text string) string {
	if IsBare(text) {
		return text
	}
	return strconv.Quote(text)
}

// IsBare reports whether a text needs no quotes, also between brackets. It is
// more careful than YAML.
func IsBare(text string) bool {
	switch {
	case text == "", text[0] == '-' && len(text) > 1 && !isAlphanumeric(text[1]),
		text == "-", text == "...", strings.EqualFold(text, "null"),
		strings.HasSuffix(text, ":"), strings.HasSuffix(text, " "), strings.Contains(text, ": "):
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isAlphanumeric(c) && !strings.ContainsRune("_./:+-", rune(c)) && (i == 0 || c != ' ' && c != '@') {
			return false
		}
	}
	return true
}
