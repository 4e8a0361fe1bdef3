package schema

import (
	"fmt"
	"reflect"

	"github.com/gind/gind/internal/config/document"
)

// Schema is the set of keys that a configuration may have: those of a struct,
// and the sections of the application. Their tags are
//
//	yaml     the key's name; without it, the field's name in lower case; "-" is no key
//	default  the value when no layer sets it, written as in a file
//	min,max  inclusive bounds, written as in a file
//	enum     the allowed words, separated by "|"
//	format   what a text has to be: address, cidr, name, origin, path or url
//	validate rules of go-playground/validator, checked over all layers
//	reload   "live" (the default) or "restart": when a changed value takes effect;
//	         on a group, for all keys in it
//	since    the first release that has the key
//
// Fields are strings, numbers, booleans, [time.Duration], [value.Bytes], [value.Secret], what
// implements [encoding.TextUnmarshaler], and structs, pointers, slices and maps
// (with names as keys) of these. In a map that the prototype has entries in,
// these count only while no layer names any.
//
// A Schema may be extended until it is closed, and not while it is in use.
type Schema struct {
	parts []*part // the first is the prototype
	names map[string]bool
	open  bool
	err   error // of the prototype
}

// part is a struct of keys: the whole, or a section.
type part struct {
	name  string // of the section; empty for the prototype
	shape *shape
	base  reflect.Value // the prototype's value, with defaults
	rules *rules
}

// NewSchema takes the keys, defaults and bounds from a struct that prototype
// points to. If it can't, because a tag is wrong for example, each Load says so.
func NewSchema(prototype any) *Schema {
	s := &Schema{open: true, names: map[string]bool{}}
	own, err := newPart("", prototype)
	if err != nil {
		s.err = fmt.Errorf("config: schema: %w", err)
		own = &part{shape: &shape{}, base: reflect.ValueOf(&struct{}{}).Elem()}
	}
	s.add(own)
	return s
}

// AddSection adds a top-level key of the application's own, with the keys of a
// struct that prototype points to. Its values are the defaults of keys that have
// no tag for that.
func (s *Schema) AddSection(name string, prototype any) error {
	if err := CheckName(name); err != nil {
		return fmt.Errorf("config: section: %w", err)
	}
	if _, taken := s.parts[0].shape.field(name); taken {
		return fmt.Errorf("config: section %q: the name is taken", name)
	}
	if s.Slot(name) >= 0 {
		return fmt.Errorf("config: section %q is there already", name)
	}
	p, err := newPart(name, prototype)
	if err != nil {
		return fmt.Errorf("config: section %q: %w", name, err)
	}
	s.add(p)
	return nil
}

func newPart(name string, prototype any) (*part, error) {
	value := reflect.ValueOf(prototype)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("%T is not a pointer to a struct", prototype)
	}
	shape, err := compile(value.Type().Elem())
	if err != nil {
		return nil, err
	}
	base := reflect.New(value.Type().Elem()).Elem()
	base.Set(value.Elem())
	shape.setDefaults(base)
	rules, err := newRules(base)
	if err != nil {
		return nil, err
	}
	return &part{name: name, shape: shape, base: base, rules: rules}, nil
}

func (s *Schema) add(p *part) {
	s.parts = append(s.parts, p)
	p.shape.eachName(func(name string, secret bool) { s.names[name] = s.names[name] || secret })
}

// Close makes unknown top-level mappings mistakes. Before, they pass, since the
// application has not added its sections yet.
func (s *Schema) Close() { s.open = false }

// Err is why the prototype can't be the keys of a configuration; nil if it can.
func (s *Schema) Err() error { return s.err }

// IsOpen reports whether sections may still be added.
func (s *Schema) IsOpen() bool { return s.open }

// SecretNames are the names of all keys, and whether one of that name holds a secret.
func (s *Schema) SecretNames() map[string]bool { return s.names }

// Slot is the index of a section in a snapshot's values, or -1.
func (s *Schema) Slot(name string) int {
	for i, p := range s.parts {
		if p.name == name {
			return i
		}
	}
	return -1
}

// suggest is a hint at what may be meant by an unknown top-level key: one of a
// similar name, or the only one of this name further down, as it is where a line
// is not indented.
func (s *Schema) suggest(name string) string {
	names := s.parts[0].shape.names()
	for _, p := range s.parts[1:] {
		names = append(names, p.name)
	}
	if hint := document.Suggest(name, names); hint != "" {
		return hint
	}
	var found []string
	s.eachKey(func(path []string, _ *shape) {
		if path[len(path)-1] == name {
			found = append(found, document.JoinAll(path))
		}
	})
	if len(found) != 1 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", found[0])
}
