package schema

import (
	"reflect"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// Key describes one key of a schema, for those who write about it: a JSON
// Schema, a reference page, a sample file.
type Key struct {
	// Path is dotted, as server.read_timeout. AnyName stands for a name that the
	// operator chooses, as in listeners.NAME.address.
	Path string
	// Field is the Go name of the key's field with that of its struct, as
	// "Server.ReadTimeout".
	Field string
	// Type of the value. A Group has Keys and no value of its own.
	Type Type
	// Of is the type of the values in a List or a Named.
	Of Type
	// Default, Min and Max as they are written in a file; empty if there is none.
	Default, Min, Max string
	// Enum are the words that are allowed; empty if it is not a matter of words.
	Enum []string
	// Format of text: "address", "cidr", "origin", "path" and so on (see
	// Schema); empty if any is right.
	Format string
	// Live says that a change takes effect without a restart.
	Live bool
	// Since is the first release that has the key.
	Since string
	// Keys of a group, or of the groups in a List or a Named, in their order.
	Keys []Key
}

// AnyName is the part of a path that the operator chooses.
const AnyName = "NAME"

// Type of a key's value.
type Type string

// The types of keys.
const (
	Group    Type = "group"    // a mapping of known keys
	Named    Type = "named"    // a mapping of names that the operator chooses
	List     Type = "list"     // of values of one type
	Duration Type = "duration" // 500ms, 5s, 2m, 1h30m
	Size     Type = "size"     // 64KiB, 10MB, 1GiB
	Text     Type = "text"
	Boolean  Type = "boolean"
	Integer  Type = "integer"
	Number   Type = "number"
	Hidden   Type = "secret" // text that is never shown
)

// Name is the last part of the path.
func (k Key) Name() string { return k.Path[strings.LastIndexByte(k.Path, '.')+1:] }

// Keys describes all keys of the schema, those of the sections included.
func (s *Schema) Keys() []Key {
	keys := s.parts[0].shape.keys("", true)
	for _, p := range s.parts[1:] {
		keys = append(keys, Key{
			Path: p.name, Field: p.shape.typ.Name(), Type: Group, Live: true, Keys: p.shape.keys(p.name, true),
		})
	}
	return keys
}

// keys of a group.
func (s *shape) keys(path string, live bool) []Key {
	var keys []Key
	for i := range s.fields {
		f := &s.fields[i]
		keys = append(keys, f.key(s.typ, document.Join(path, f.name), live && !f.restart))
	}
	return keys
}

func (f *field) key(in reflect.Type, path string, live bool) Key {
	k := Key{
		Path: path, Field: in.Name() + "." + in.FieldByIndex(f.index).Name, Live: live,
		Default: f.tag.Get("default"), Min: f.tag.Get("min"), Max: f.tag.Get("max"),
		Format: f.tag.Get("format"), Since: f.tag.Get("since"),
	}
	if words := f.tag.Get("enum"); words != "" {
		k.Enum = strings.Split(words, "|")
	}
	k.take(f.shape, live)
	return k
}

// take the type from the shape of the value.
func (k *Key) take(s *shape, live bool) {
	switch s.is {
	case group:
		k.Type, k.Keys = Group, s.keys(k.Path, live)
	case dict:
		k.Type = Named
		k.takeElement(s.elem, document.Join(k.Path, AnyName), live)
	case items:
		k.Type = List
		k.takeElement(s.elem, k.Path, live)
	default:
		k.Type = leafType(s.typ)
	}
}

func (k *Key) takeElement(s *shape, path string, live bool) {
	element := Key{Path: path}
	element.take(s, live)
	k.Of, k.Keys = element.Type, element.Keys
}

func leafType(t reflect.Type) Type {
	switch t {
	case durationType:
		return Duration
	case bytesType:
		return Size
	case secretType:
		return Hidden
	}
	switch t.Kind() {
	case reflect.Bool:
		return Boolean
	case reflect.Float32, reflect.Float64:
		return Number
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if !reflect.PointerTo(t).Implements(unmarshalerType) {
			return Integer
		}
	}
	return Text
}
