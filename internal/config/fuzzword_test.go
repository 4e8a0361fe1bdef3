package config

import (
	"strings"
	"testing"
)

// FuzzWord: what is written for a text is read as the text, alone and in a list.
func FuzzWord(f *testing.F) {
	for _, text := range []string{"", "a", "a: b", "- a", "a #b", "null", "~", "true", "3", "é", "\x7f", "\"", "'", "\u2028", "a,b", "[", "*a", "&", "%", "@", "`", ":", "a:", "---", "?", "-", "a\nb", "<<", "=", "|", ">", "!a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !legibleText(text) {
			return
		}
		value := func(written string) *tree {
			read, err := parseInline(written, defaultPlace)
			if err != nil {
				t.Fatalf("%s: %v", written, err)
			}
			return read
		}
		for written, read := range map[string]*tree{
			"alone":        value(word(text)),
			"in a list":    value("[" + word(text) + "]").list[0],
			"in a mapping": value("{a: " + word(text) + "}").fields["a"],
		} {
			if read.kind != scalar || read.text != text {
				t.Errorf("%q %s was read as %v %q", text, written, read.kind, read.text)
			}
		}
		if text == "" || text == "<<" {
			return // no key
		}
		if read := value("{" + word(text) + ": b}"); read.fields[text] == nil {
			t.Errorf("the key %q was read as %v", text, read.keys)
		}
	})
}

// legibleText is what can be a value: nothing else comes out of a file.
func legibleText(text string) bool {
	r := &yamlReader{text: newText(text, nil)}
	return r.legible() && !strings.Contains(text, "\r")
}

// FuzzPath: the names in a path come out of it again.
func FuzzPath(f *testing.F) {
	f.Add("server", "read_timeout")
	f.Add(`a."b`, "[0]")
	f.Fuzz(func(t *testing.T, one, other string) {
		_, _ = splitPath(one)
		if one == "" || other == "" || !legibleText(one+other) {
			return
		}
		names, err := splitPath(joinAll([]string{one, other}))
		if err != nil || len(names) != 2 || names[0] != one || names[1] != other {
			t.Errorf("%q and %q became %q, %v", one, other, names, err)
		}
	})
}
