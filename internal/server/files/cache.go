package files

import (
	"path"
	"strings"
)

const (
	cacheForever    = "public, max-age=31536000, immutable"
	cacheRevalidate = "no-cache"
	cacheNever      = "no-store"
)

// cacheControl says how long a file may be kept: for ever if a hash of its
// content is in its name, else only as long as its validator says so.
func cacheControl(name string) string {
	if hashed(name) {
		return cacheForever
	}
	return cacheRevalidate
}

// hashed tells whether a bundler put a hash into the name: app.3f2a9c1b.js,
// index-B7x9Kq2T.css, main.0a1b2c3d4e5f6071.chunk.js. A mistake here would keep
// an old file in caches for a year, so words, dates and version numbers have to
// fail: a hash is 8 to 64 hexadecimal digits with a letter and a figure among
// them, or 8 characters of base64url with a small letter, a capital and a
// figure; and never a word with a number at its end.
func hashed(name string) bool {
	base := path.Base(name)
	if ext := strings.ToLower(path.Ext(base)); ext == "" || ext == ".html" || ext == ".htm" {
		return false
	}
	parts := strings.FieldsFunc(base, func(r rune) bool { return r == '.' || r == '-' })
	if len(parts) < 3 { // a name, a hash and an extension
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if (hexHash(part) || base64Hash(part)) && !numberedWord(part) {
			return true
		}
	}
	return false
}

func hexHash(s string) bool {
	k := classify(s)
	return len(s) >= 8 && len(s) <= 64 && k.figure && k.hexLetter && !k.other && !k.letter && !k.capital
}

func base64Hash(s string) bool {
	k := classify(s)
	return len(s) == 8 && k.figure && k.capital && (k.letter || k.hexLetter) && !k.other
}

// numberedWord tells whether s is like Version2 or facade12.
func numberedWord(s string) bool {
	word := strings.TrimRight(s, "0123456789")
	if word == "" {
		return true
	}
	k := classify(word[1:])
	return !k.figure && !k.capital
}

type kinds struct{ figure, hexLetter, letter, capital, other bool }

// classify tells which kinds of characters s has.
func classify(s string) (k kinds) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			k.figure = true
		case c >= 'a' && c <= 'f':
			k.hexLetter = true
		case c >= 'g' && c <= 'z', c == '_':
			k.letter = true
		case c >= 'A' && c <= 'Z':
			k.capital = true
		default:
			k.other = true
		}
	}
	return k
}
