package document

import (
	"regexp"
	"strings"
)

// topKey begins a key at the top of a document.
var topKey = regexp.MustCompile(`^["']?[A-Za-z0-9_][^:#]*:`)

// Salvage is what can be read of a document that can't be parsed: those of its top
// keys whose own lines can be.
func Salvage(name string, text []byte, names map[string]bool) *Tree {
	whole := NewMapping(Place{Source: name})
	lines := strings.SplitAfter(string(text), "\n")
	for begin := 0; begin < len(lines); {
		end := begin + 1
		for end < len(lines) && !topKey.MatchString(lines[end]) {
			end++
		}
		// The lines before are left empty: places stay what they are.
		part, mistakes := Parse(name, []byte(strings.Repeat("\n", begin)+strings.Join(lines[begin:end], "")), names)
		if part != nil && len(mistakes) == 0 {
			for _, key := range part.Keys {
				whole.Set(key, part.Fields[key])
			}
		}
		begin = end
	}
	return whole
}
