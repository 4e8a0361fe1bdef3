package document

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Join is the path of a key below another: server.read_timeout. A name that is
// no plain word is in quotes.
func Join(path, name string) string {
	if !IsPlainName(name) {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// IsPlainName reports whether a name needs no quotes in a path.
func IsPlainName(name string) bool {
	for _, c := range name {
		if c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return name != ""
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// Within reports whether a path is that of a value, or of one below it.
func Within(path, value string) bool {
	rest, ok := strings.CutPrefix(path, value)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[' || value == "")
}

// Above is the path that a path lies in; empty at the top.
func Above(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// Element is the path of a list's value.
func Element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// SplitPath is the opposite of join, for all names of a path.
func SplitPath(path string) ([]string, error) {
	var names []string
	for rest := path; ; {
		name := rest
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("%q is no key: a quote without its end", path)
			}
			name, _ = strconv.Unquote(quoted)
			rest = rest[len(quoted):]
		} else {
			if i := strings.IndexByte(rest, '.'); i >= 0 {
				name = rest[:i]
			}
			rest = rest[len(name):]
		}
		if name == "" || rest != "" && rest[0] != '.' {
			return nil, fmt.Errorf("%q is no key (write it as server.read_timeout)", path)
		}
		names = append(names, name)
		if rest == "" {
			return names, nil
		}
		rest = rest[1:]
	}
}

// JoinAll names of a path.
func JoinAll(path []string) string {
	all := ""
	for _, name := range path {
		all = Join(all, name)
	}
	return all
}
