package schema

import (
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// PathOf finds the key whose path, with "_" between, is words.
func (s *Schema) PathOf(words string) []string {
	for _, p := range s.parts {
		if p.name == "" {
			if path := p.shape.pathIn(words); path != nil {
				return path
			}
			continue
		}
		if rest, ok := strings.CutPrefix(words, envWord(p.name)+"_"); ok {
			if path := p.shape.pathIn(rest); path != nil {
				return slices.Insert(path, 0, p.name)
			}
		}
	}
	return nil
}

// envWord is a name as it is in a variable's, in lower case.
func envWord(name string) string { return strings.ToLower(strings.ReplaceAll(name, "-", "_")) }

// pathIn finds it in a group.
func (s *shape) pathIn(words string) []string {
	for _, f := range s.fields {
		word := envWord(f.name)
		if words == word && f.shape.is != group {
			return []string{f.name}
		}
		rest, ok := strings.CutPrefix(words, word+"_")
		if !ok {
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
			return slices.Insert(path, 0, words[:i])
		}
	}
	return nil
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
