package schema

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// renderer writes values as they would be written in a file, each on one line.
type renderer struct {
	// secret is what is shown of the secret at a path.
	secret func(path string, s value.Secret) string
}

func (r renderer) value(s *shape, v reflect.Value, path string) string {
	if s.pointer {
		if v.IsNil() {
			return "null"
		}
		v = v.Elem()
	}
	switch s.is {
	case items:
		return r.list(s, v, path)
	case dict:
		return r.dict(s, v, path)
	case group:
		return r.group(s, v, path)
	}
	if s.typ == secretType {
		return r.secret(path, v.Interface().(value.Secret))
	}
	return plain(v)
}

func (r renderer) list(s *shape, v reflect.Value, path string) string {
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = r.value(s.elem, v.Index(i), document.Element(path, i))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (r renderer) dict(s *shape, v reflect.Value, path string) string {
	var parts []string
	for _, name := range sortedNames(v) {
		value := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
		parts = append(parts, document.Word(name)+": "+r.value(s.elem, value, document.Join(path, name)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (r renderer) group(s *shape, v reflect.Value, path string) string {
	parts := make([]string, len(s.fields))
	for i, f := range s.fields {
		parts[i] = f.name + ": " + r.value(f.shape, v.FieldByIndex(f.index), document.Join(path, f.name))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// plain is the value of a leaf as it would be written in a file. A secret is hidden.
func plain(v reflect.Value) string {
	if v.Type() == durationType {
		return FormatDuration(time.Duration(v.Int()))
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return `""`
		}
		return document.Word(string(text))
	}
	if v.Kind() == reflect.String {
		return document.Word(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// sortedNames are the keys of a map with strings as keys.
func sortedNames(m reflect.Value) []string {
	names := make([]string, 0, m.Len())
	for _, key := range m.MapKeys() {
		names = append(names, key.String())
	}
	slices.Sort(names)
	return names
}
