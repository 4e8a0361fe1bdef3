package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// join is the path of a key below another: server.read_timeout. A name that is
// no plain word is in quotes.
func join(path, name string) string {
	if !isPlainName(name) {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func isPlainName(name string) bool {
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

// within reports whether a path is that of a value, or of one below it.
func within(path, value string) bool {
	rest, ok := strings.CutPrefix(path, value)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[' || value == "")
}

// above is the path that a path lies in; empty at the top.
func above(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// element is the path of a list's value.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// splitPath is the opposite of join, for all names of a path.
func splitPath(path string) ([]string, error) {
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

// joinAll names of a path.
func joinAll(path []string) string {
	all := ""
	for _, name := range path {
		all = join(all, name)
	}
	return all
}
