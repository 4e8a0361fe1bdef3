package schema

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/value"
)

// shape is what a value of one type looks like in a file.
type shape struct {
	is      form
	typ     reflect.Type
	pointer bool    // the Go value is a pointer to one
	fields  []field // of a group
	elem    *shape  // of a list or dict
	rule    rule    // of a leaf
}

type form int

const (
	leaf  form = iota // one text
	items             // a list
	dict              // names that are not known beforehand, each with a value
	group             // keys that are known
)

// field is one key of a struct.
type field struct {
	name     string
	index    []int // through embedded structs
	shape    *shape
	tag      reflect.StructTag
	fallback reflect.Value // what the tag default says; invalid without it
	restart  bool
}

var (
	durationType    = reflect.TypeFor[time.Duration]()
	bytesType       = reflect.TypeFor[value.Bytes]()
	secretType      = reflect.TypeFor[value.Secret]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// compile finds the shape of a struct. The error names the field that can't be a key.
func compile(t reflect.Type) (*shape, error) { return compileType(t, "", nil) }

func compileType(t reflect.Type, tag reflect.StructTag, above []reflect.Type) (*shape, error) {
	s := &shape{typ: t}
	switch {
	case isLeaf(t):
		return s, s.rule.compile(t, tag)
	case slices.Contains(above, t):
		return nil, fmt.Errorf("%s contains itself", t)
	}
	above = append(above, t)
	var err error
	switch t.Kind() {
	case reflect.Pointer:
		if s, err = compileType(t.Elem(), tag, above); err == nil && s.pointer {
			err = fmt.Errorf("%s is a pointer to a pointer", t)
		} else if err == nil {
			s.pointer = true
		}
	case reflect.Struct:
		s.is = group
		s.fields, err = compileFields(t, nil, above)
	case reflect.Slice:
		s.is = items
		s.elem, err = compileType(t.Elem(), tag, above)
	case reflect.Map:
		s.is = dict
		if t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("%s: the keys of a map have to be strings", t)
		}
		s.elem, err = compileType(t.Elem(), tag, above)
	default:
		err = fmt.Errorf("%s can't be read from a file", t)
	}
	return s, err
}

func isLeaf(t reflect.Type) bool {
	if t == secretType || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshalerType) {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

func compileFields(t reflect.Type, index []int, above []reflect.Type) ([]field, error) {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clip(index), i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if f.Type.Kind() == reflect.Struct && !isLeaf(f.Type) && (f.Anonymous && name == "" || options == "inline") {
			inner, err := compileFields(f.Type, at, above)
			if err != nil {
				return nil, err
			}
			fields = append(fields, inner...)
			continue
		}
		one, err := compileField(f, name, above)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		if slices.ContainsFunc(fields, func(other field) bool { return other.name == one.name }) {
			return nil, fmt.Errorf("field %s: the key %q is there already", f.Name, one.name)
		}
		one.index = at
		fields = append(fields, one)
	}
	return fields, nil
}

func compileField(f reflect.StructField, name string, above []reflect.Type) (field, error) {
	if name == "" {
		name = strings.ToLower(f.Name)
	}
	one := field{name: name, tag: f.Tag, restart: f.Tag.Get("reload") == "restart"}
	var err error
	if one.shape, err = compileType(f.Type, f.Tag, above); err != nil {
		return one, err
	}
	if text, ok := f.Tag.Lookup("default"); ok {
		if one.fallback, err = one.shape.parseTag(text); err != nil {
			return one, fmt.Errorf("default %q: %w", text, err)
		}
	}
	switch reload := f.Tag.Get("reload"); reload {
	case "", "live", "restart":
		return one, nil
	default:
		return one, fmt.Errorf("reload %q is neither live nor restart", reload)
	}
}

// field finds a key of a group.
func (s *shape) field(name string) (*field, bool) {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i], true
		}
	}
	return nil, false
}

// names of the keys of a group.
func (s *shape) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

// eachName calls f with the name of each key here and below, and whether it holds a secret.
func (s *shape) eachName(f func(name string, secret bool)) {
	for _, field := range s.fields {
		f(field.name, field.shape.holdsSecrets())
		field.shape.eachName(f)
	}
	if s.elem != nil {
		s.elem.eachName(f)
	}
}

func (s *shape) holdsSecrets() bool {
	if s.elem != nil {
		return s.elem.holdsSecrets()
	}
	return s.typ == secretType
}
