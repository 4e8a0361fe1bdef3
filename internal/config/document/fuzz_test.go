package document

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
		value := func(written string) *Tree {
			read, err := ParseInline(written, DefaultPlace)
			if err != nil {
				t.Fatalf("%s: %v", written, err)
			}
			return read
		}
		for written, read := range map[string]*Tree{
			"alone":        value(Word(text)),
			"in a list":    value("[" + Word(text) + "]").List[0],
			"in a mapping": value("{a: " + Word(text) + "}").Fields["a"],
		} {
			if read.Kind != Scalar || read.Text != text {
				t.Errorf("%q %s was read as %v %q", text, written, read.Kind, read.Text)
			}
		}
		if text == "" || text == "<<" {
			return // no key
		}
		if read := value("{" + Word(text) + ": b}"); read.Fields[text] == nil {
			t.Errorf("the key %q was read as %v", text, read.Keys)
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
		_, _ = SplitPath(one)
		if one == "" || other == "" || !legibleText(one+other) {
			return
		}
		names, err := SplitPath(JoinAll([]string{one, other}))
		if err != nil || len(names) != 2 || names[0] != one || names[1] != other {
			t.Errorf("%q and %q became %q, %v", one, other, names, err)
		}
	})
}
