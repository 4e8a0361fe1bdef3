package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Schema is the set of keys that a configuration may have: those of a struct,
// and the sections of the application.
type Schema struct {
	prototype reflect.Value
	sections  map[string]reflect.Value
	names     []string // of the sections, in order
	open      bool     // unknown top-level mappings are let pass
}

// NewSchema takes the keys, defaults and bounds from the tags of a struct (see
// package settings), and the defaults of its maps from its values.
func NewSchema(prototype any) *Schema {
	return &Schema{prototype: reflect.ValueOf(prototype).Elem(), sections: map[string]reflect.Value{}, open: true}
}

// AddSection adds a top-level key of the application's own, with the keys of a
// struct. Its tags are those of the schema, and validate (go-playground/validator).
func (s *Schema) AddSection(name string, prototype any) error {
	value := reflect.ValueOf(prototype)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: section %q: %T is not a pointer to a struct", name, prototype)
	}
	for _, f := range fieldsOf(s.prototype.Type()) {
		if f.name == name {
			return fmt.Errorf("config: section %q: the name is taken", name)
		}
	}
	if _, ok := s.sections[name]; ok {
		return fmt.Errorf("config: section %q is there already", name)
	}
	s.sections[name] = value.Elem()
	s.names = append(s.names, name)
	return nil
}

// Close makes unknown top-level mappings mistakes. Before, they pass, since the
// application has not added its sections yet.
func (s *Schema) Close() { s.open = false }

// field is one key of a struct.
type field struct {
	name  string
	index int
	typ   reflect.Type
	tag   reflect.StructTag
}

// live reports whether a change takes effect without a restart.
func (f field) live() bool { return f.tag.Get("reload") != "restart" }

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		fields = append(fields, field{name: name, index: i, typ: f.Type, tag: f.Tag})
	}
	return fields
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	bytesType    = reflect.TypeFor[Bytes]()
	secretType   = reflect.TypeFor[Secret]()
)

// isGroup reports whether a type is a mapping of keys known beforehand.
func isGroup(t reflect.Type) bool { return t.Kind() == reflect.Struct }
