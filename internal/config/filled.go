package config

import (
	"reflect"
	"slices"
)

// filled is what the trees of all layers say, in the values of a schema.
type filled struct {
	slots   []any // pointers to structs: the whole, then the sections
	entries []Entry

	parts   []*part
	origins map[string]Place
	secrets secrets
}

// fill the values of the schema with what trees say, later ones win. kept are
// secrets that stand where history has only that there was one.
func (s *Schema) fill(trees []*tree, kept map[string]string) (*filled, []*Mistake) {
	values := 0
	for _, t := range trees {
		values += t.size()
	}
	f := newFiller(values)
	slots := make([]reflect.Value, len(s.parts))
	for i, p := range s.parts {
		slots[i] = reflect.New(p.shape.typ).Elem()
		slots[i].Set(p.base)
	}
	for _, t := range trees {
		s.fillParts(f, slots, t)
	}
	f.resolve(kept)
	f.putSecrets(s.parts, slots)
	for i, p := range s.parts {
		p.validate(f, slots[i])
	}
	return s.filled(f, slots), f.mistakes
}

// fillParts fills the whole and the sections with what one tree says.
func (s *Schema) fillParts(f *filler, slots []reflect.Value, t *tree) {
	own := newMapping(t.place)
	for _, name := range t.keys {
		value := t.fields[name]
		_, known := s.parts[0].shape.field(name)
		switch slot := s.slot(name); {
		case slot > 0:
			f.fill(s.parts[slot].shape, slots[slot], s.parts[slot].base, value, name)
		case known:
			own.set(name, value)
		case s.open && value.kind != scalar && value.kind != list:
		default:
			f.unknown(value, join("", name), s.suggest(name))
		}
	}
	f.fill(s.parts[0].shape, slots[0], s.parts[0].base, own, "")
}

func (s *Schema) filled(f *filler, slots []reflect.Value) *filled {
	result := &filled{parts: slices.Clone(s.parts), origins: f.origins, secrets: f.secrets}
	lister := &lister{filler: f, entries: make([]Entry, 0, len(f.origins)+len(s.names))}
	for i, p := range s.parts {
		result.slots = append(result.slots, slots[i].Addr().Interface())
		lister.group(p.shape, slots[i], p.name, true)
	}
	result.entries = lister.entries
	return result
}

// slot is the index of a section's value, or -1.
func (f *filled) slot(name string) int {
	return slices.IndexFunc(f.parts, func(p *part) bool { return p.name == name })
}

// origin is where a key was set. The place of one that no layer sets is "default".
func (f *filled) origin(key string) Place {
	if place, ok := f.origins[key]; ok {
		return place
	}
	return defaultPlace
}

// isSet reports whether a layer set a key.
func (f *filled) isSet(key string) bool {
	_, set := f.origins[key]
	return set
}

// nearestOrigin is where a key was set, or what it lies in; nowhere if all of it
// is default.
func (f *filled) nearestOrigin(key string) Place { return originIn(f.origins, key) }

// literals are the secrets that are written out in the layers, by path.
func (f *filled) literals() map[string]string { return f.secrets.literals() }

// exposed are mistakes for the files of secrets that everybody on the machine can read.
func (f *filled) exposed() []*Mistake { return f.secrets.exposed() }

// secretFiles are the paths of the files that secrets were read from.
func (f *filled) secretFiles() []string {
	var files []string
	for _, secret := range f.secrets {
		if secret.file != "" {
			files = append(files, secret.file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
