package files

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// localName turns the path of a request into the name of a file in the tree,
// "." for the root itself. bad means that no honest client sends such a path;
// hidden that there may be a file, but not for clients. slash tells whether the
// path ended with one.
//
// A slash that came as %2F is not a separator (RFC 3986, 2.2), and no file name
// has one, so such a path is bad, however often the rest is encoded.
func localName(u *url.URL) (name string, slash, bad, hidden bool) {
	path := u.Path
	if !strings.HasPrefix(path, "/") || !utf8.ValidString(path) ||
		strings.ContainsAny(path, "\\\x00") || encodedSlash(u.RawPath) {
		return "", false, true, false
	}
	path = path[1:]
	if path == "" {
		return ".", true, false, false
	}
	path, slash = strings.CutSuffix(path, "/")
	first := true
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == "." || segment == "..":
			return "", slash, true, false
		case segment == "" || segment[0] == '.' && (!first || segment != wellKnown):
			hidden = true
		}
		first = false
	}
	return path, slash, false, hidden
}

// wellKnown is the one folder with a dot that is meant to be seen (RFC 8615).
const wellKnown = ".well-known"

func encodedSlash(raw string) bool {
	return strings.Contains(raw, "%2f") || strings.Contains(raw, "%2F") ||
		strings.Contains(raw, "%5c") || strings.Contains(raw, "%5C")
}
