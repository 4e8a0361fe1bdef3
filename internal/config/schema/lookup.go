package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// PathOf finds the key whose path, with "_" between, is words, in whatever case. The
// names of a map's entries are in lower case in it, and as they are in words where the
// entries are no groups: they may be anybody's, as variables of a command are.
func (s *Schema) PathOf(words string) []string {
	for _, p := range s.parts {
		if p.name == "" {
			if path := p.shape.pathIn(words); path != nil {
				return path
			}
			continue
		}
		if rest, ok := cutWord(words, p.name); ok && rest != "" {
			if path := p.shape.pathIn(rest); path != nil {
				return slices.Insert(path, 0, p.name)
			}
		}
	}
	return nil
}

// envWord is a name as it is in a variable's, in lower case.
func envWord(name string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		if c == '-' || c == '.' {
			return '_'
		}
		return c
	}, name))
}

// cutWord cuts a name, and the "_" behind it, off the words.
func cutWord(words, name string) (rest string, ok bool) {
	n := len(name)
	if len(words) < n || envWord(words[:n]) != envWord(name) || len(words) > n && words[n] != '_' {
		return "", false
	}
	return words[min(n+1, len(words)):], true
}

// pathIn finds it in a group.
func (s *shape) pathIn(words string) []string {
	for _, f := range s.fields {
		rest, ok := cutWord(words, f.name)
		if !ok {
			continue
		}
		if rest == "" {
			if f.shape.is != group && len(words) == len(f.name) {
				return []string{f.name}
			}
			continue
		}
		if path := f.shape.pathBelow(rest); path != nil {
			return slices.Insert(path, 0, f.name)
		}
	}
	return nil
}

// pathBelow finds it below a key: in a group, or in an entry of a map, whose name
// is as short as it can be.
func (s *shape) pathBelow(words string) []string {
	switch {
	case s.is == group:
		return s.pathIn(words)
	case s.is != dict:
		return nil
	case s.elem.is == leaf || s.elem.is == items:
		return []string{words}
	}
	for i, c := range words {
		if c != '_' || i == 0 {
			continue
		}
		if path := s.elem.pathBelow(words[i+1:]); path != nil {
			return slices.Insert(path, 0, strings.ToLower(words[:i]))
		}
	}
	return nil
}

// EntryNames is a path that PathOf found with the names that entries of maps have in
// trees, or by default: a variable's name has neither dashes nor small letters. The
// error says that several could be meant.
func (s *Schema) EntryNames(path []string, trees []*document.Tree) ([]string, error) {
	found := slices.Clone(path)
	for i := range found {
		above := s.shapeOf(found[:i])
		if above == nil || above.is != dict {
			continue
		}
		var names []string
		for _, name := range s.entriesAt(found[:i], trees) {
			if envWord(name) == envWord(found[i]) {
				names = append(names, name)
			}
		}
		switch {
		case slices.Contains(names, found[i]):
		case len(names) == 1:
			found[i] = names[0]
		case len(names) > 1:
			return nil, fmt.Errorf("a variable's name can't say which is meant, %s (set it in a file)", strings.Join(names, " or "))
		}
	}
	return found, nil
}

// entriesAt are the names of a map's entries, each once, in their order.
func (s *Schema) entriesAt(path []string, trees []*document.Tree) []string {
	var names []string
	for _, t := range trees {
		if at := t.At(path); at != nil && at.Kind == document.Mapping {
			names = append(names, at.Keys...)
		}
	}
	names = append(names, s.defaultEntries(path)...)
	slices.Sort(names)
	return slices.Compact(names)
}

// defaultEntries are those that the prototype has.
func (s *Schema) defaultEntries(path []string) []string {
	v, shape := s.parts[0].base, s.parts[0].shape
	if slot := s.Slot(path[0]); slot > 0 {
		v, shape, path = s.parts[slot].base, s.parts[slot].shape, path[1:]
	}
	for _, name := range path {
		field, ok := shape.field(name)
		if shape.is != group || !ok || field.shape.pointer {
			return nil
		}
		v, shape = v.FieldByIndex(field.index), field.shape
	}
	if shape.is != dict {
		return nil
	}
	return sortedNames(v)
}

// Nearest is the key, as words, that words differ from by a slip; empty if there
// is none.
func (s *Schema) Nearest(words string) string {
	best, distance := "", 3
	s.eachKey(func(path []string, _ *shape) {
		known := envWord(strings.Join(path, "_"))
		if d := document.EditDistance(words, known); d < distance && len(known) > 7 {
			best, distance = known, d
		}
	})
	return best
}

// eachKey calls f with the keys of all groups, those in maps and lists aside.
func (s *Schema) eachKey(f func(path []string, s *shape)) {
	for _, p := range s.parts {
		var path []string
		if p.name != "" {
			path = []string{p.name}
		}
		p.shape.eachKey(path, f)
	}
}

func (s *shape) eachKey(path []string, f func(path []string, s *shape)) {
	for _, field := range s.fields {
		below := append(slices.Clip(path), field.name)
		if field.shape.is == group {
			field.shape.eachKey(below, f)
		} else {
			f(below, field.shape)
		}
	}
}

// shapeOf is the shape of the value at a path; nil if there is no such key.
func (s *Schema) shapeOf(path []string) *shape {
	if len(path) == 0 {
		return s.parts[0].shape
	}
	for _, p := range s.parts {
		if p.name == path[0] {
			return p.shape.below(path[1:])
		}
	}
	return s.parts[0].shape.below(path)
}

func (s *shape) below(path []string) *shape {
	for _, name := range path {
		switch s.is {
		case dict:
			s = s.elem
		case group:
			field, ok := s.field(name)
			if !ok {
				return nil
			}
			s = field.shape
		default:
			return nil
		}
	}
	return s
}

// DefaultText is the default of a key whose value is one word.
func (s *Schema) DefaultText(path []string) string {
	value, shape := s.parts[0].base, s.parts[0].shape
	for _, name := range path {
		field, ok := shape.field(name)
		if !ok || field.shape.pointer {
			return ""
		}
		value, shape = value.FieldByIndex(field.index), field.shape
	}
	if shape.is != leaf || shape.typ == secretType {
		return ""
	}
	return strings.Trim(plain(value), `"`)
}

// Knows reports whether there is such a key.
func (s *Schema) Knows(path []string) bool { return s.shapeOf(path) != nil }

// ParseText makes the tree of a key's value that is given as one text.
func (s *Schema) ParseText(path []string, text string, place document.Place) (*document.Tree, error) {
	return parseText(s.shapeOf(path), text, place)
}
