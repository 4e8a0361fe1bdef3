package config

import (
	"reflect"
	"strings"
)

// Key describes one key of a schema, for those who write about it: a JSON
// Schema, a reference page, a sample file.
type Key struct {
	// Path is dotted, as server.read_timeout. AnyName stands for a name that the
	// operator chooses, as in listeners.NAME.address.
	Path string
	// Type of the value. A Group has Keys and no value of its own.
	Type Type
	// Default, Min and Max as they are written in a file; empty if there is none.
	Default, Min, Max string
	// Enum are the words that are allowed; empty if it is not a matter of words.
	Enum []string
	// Format of text: "address", "cidr", "origin", "path"; empty if any is right.
	Format string
	// Live says that a change takes effect without a restart.
	Live bool
	// Since is the first release that has the key.
	Since string
	// Keys of a group, in their order.
	Keys []Key
	// field of the Go struct, to find its comment by: "Server.ReadTimeout".
	field string
}

// AnyName is the part of a path that the operator chooses.
const AnyName = "NAME"

// Type of a key's value.
type Type string

// The types of keys.
const (
	Group    Type = "group"    // a mapping of known keys
	Named    Type = "named"    // a mapping of names to groups
	Duration Type = "duration" // 500ms, 5s, 2m, 1h30m
	Size     Type = "size"     // 64KiB, 10MB, 1GiB
	Text     Type = "text"
	List     Type = "list" // of texts
	Boolean  Type = "boolean"
	Integer  Type = "integer"
	Number   Type = "number"
	Hidden   Type = "secret" // text that is never shown
)

// Field is the Go name of the key's field with that of its struct, as
// "Server.ReadTimeout".
func (k Key) Field() string { return k.field }

// Name is the last part of the path.
func (k Key) Name() string { return k.Path[strings.LastIndexByte(k.Path, '.')+1:] }

// Keys describes all keys of the schema, those of gind and of the sections.
func (s *Schema) Keys() []Key {
	keys := keysOf(s.prototype.Type(), "", true)
	for _, name := range s.names {
		t := s.sections[name].Type()
		keys = append(keys, Key{Path: name, Type: Group, Live: true, Keys: keysOf(t, name, true), field: t.Name()})
	}
	return keys
}

func keysOf(t reflect.Type, path string, live bool) []Key {
	var keys []Key
	for _, f := range fieldsOf(t) {
		keys = append(keys, keyOf(f, t, join(path, f.name), live && f.live()))
	}
	return keys
}

func keyOf(f field, in reflect.Type, path string, live bool) Key {
	k := Key{
		Path: path, Type: typeOf(f.typ), Live: live,
		Default: f.tag.Get("default"), Min: f.tag.Get("min"), Max: f.tag.Get("max"),
		Format: f.tag.Get("format"), Since: f.tag.Get("since"),
		field: in.Name() + "." + in.Field(f.index).Name,
	}
	if words := f.tag.Get("enum"); words != "" {
		k.Enum = strings.Split(words, "|")
	}
	switch k.Type {
	case Group:
		k.Keys = keysOf(f.typ, path, live)
	case Named:
		k.Keys = keysOf(f.typ.Elem(), join(path, AnyName), live)
	}
	return k
}

func typeOf(t reflect.Type) Type {
	switch t {
	case durationType:
		return Duration
	case bytesType:
		return Size
	case secretType:
		return Hidden
	}
	switch t.Kind() {
	case reflect.Struct:
		return Group
	case reflect.Map:
		return Named
	case reflect.Slice:
		return List
	case reflect.Bool:
		return Boolean
	case reflect.Float32, reflect.Float64:
		return Number
	case reflect.String:
		return Text
	default:
		return Integer
	}
}
