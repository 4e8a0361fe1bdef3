package schema

import (
	"reflect"
	"slices"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
)

// Filled is what the trees of all layers say, in the values of a schema.
type Filled struct {
	Slots   []any // pointers to structs: the whole, then the sections
	Entries []entry.Entry

	parts   []*part
	origins map[string]document.Place
	secrets secrets
}

// Fill the values of the schema with what trees say, later ones win. kept are
// secrets that stand where history has only that there was one.
func (s *Schema) Fill(trees []*document.Tree, kept map[string]string) (*Filled, []*document.Mistake) {
	values := 0
	for _, t := range trees {
		values += t.Size()
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
func (s *Schema) fillParts(f *filler, slots []reflect.Value, t *document.Tree) {
	own := document.NewMapping(t.Place)
	for _, name := range t.Keys {
		value := t.Fields[name]
		_, known := s.parts[0].shape.field(name)
		switch slot := s.Slot(name); {
		case slot > 0:
			f.fill(s.parts[slot].shape, slots[slot], s.parts[slot].base, value, name)
		case known:
			own.Set(name, value)
		case s.open && value.Kind != document.Scalar && value.Kind != document.List:
		default:
			f.unknown(value, document.Join("", name), s.suggest(name))
		}
	}
	f.fill(s.parts[0].shape, slots[0], s.parts[0].base, own, "")
}

func (s *Schema) filled(f *filler, slots []reflect.Value) *Filled {
	result := &Filled{parts: slices.Clone(s.parts), origins: f.origins, secrets: f.secrets}
	lister := &lister{filler: f, entries: make([]entry.Entry, 0, len(f.origins)+len(s.names))}
	for i, p := range s.parts {
		result.Slots = append(result.Slots, slots[i].Addr().Interface())
		lister.group(p.shape, slots[i], p.name, true)
	}
	result.Entries = lister.entries
	return result
}

// Slot is the index of a section's value, or -1.
func (f *Filled) Slot(name string) int {
	return slices.IndexFunc(f.parts, func(p *part) bool { return p.name == name })
}

// Origin is where a key was set. The place of one that no layer sets is "default".
func (f *Filled) Origin(key string) document.Place {
	if place, ok := f.origins[key]; ok {
		return place
	}
	return document.DefaultPlace
}

// IsSet reports whether a layer set a key.
func (f *Filled) IsSet(key string) bool {
	_, set := f.origins[key]
	return set
}

// NearestOrigin is where a key was set, or what it lies in; nowhere if all of it
// is default.
func (f *Filled) NearestOrigin(key string) document.Place { return originIn(f.origins, key) }

// Literals are the secrets that are written out in the layers, by path.
func (f *Filled) Literals() map[string]string { return f.secrets.literals() }

// Exposed are mistakes for the files of secrets that everybody on the machine can read.
func (f *Filled) Exposed() []*document.Mistake { return f.secrets.exposed() }

// SecretFiles are the paths of the files that secrets were read from.
func (f *Filled) SecretFiles() []string {
	var files []string
	for _, secret := range f.secrets {
		if secret.file != "" {
			files = append(files, secret.file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
