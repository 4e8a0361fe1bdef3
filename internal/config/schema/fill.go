package schema

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// filler fills Go values from the layers, one after the other, and notes where
// each value came from.
type filler struct {
	origins  map[string]document.Place // also of groups: where their key stands
	named    map[string]bool           // maps that a layer has named entries of
	secrets  secrets
	mistakes []*document.Mistake
}

// newFiller makes one for about so many values.
func newFiller(values int) *filler {
	return &filler{origins: make(map[string]document.Place, values), named: map[string]bool{}, secrets: secrets{}}
}

func (f *filler) mistake(place document.Place, path, format string, args ...any) {
	f.mistakes = append(f.mistakes, &document.Mistake{Place: place, Key: path, Text: fmt.Sprintf(format, args...)})
}

// fill a value with what a layer says. base is what the value is where no layer
// says anything; invalid below a map or list, where that is not known.
func (f *filler) fill(s *shape, v, base reflect.Value, t *document.Tree, path string) {
	if t.Broken {
		return
	}
	if t.Kind == document.Null {
		f.null(s, v, base, t, path)
		return
	}
	if s.pointer {
		v, base = f.pointed(s, v), elemOf(base)
	}
	switch s.is {
	case group:
		f.group(s, v, base, t, path)
	case dict:
		f.dict(s, v, t, path)
	case items:
		f.list(s, v, t, path)
	default:
		f.leaf(s, v, t, path)
	}
}

// pointed is a value of its own that the pointer v points to from now on.
func (f *filler) pointed(s *shape, v reflect.Value) reflect.Value {
	own := reflect.New(s.typ)
	if v.IsNil() {
		s.setDefaultsIn(own.Elem())
	} else {
		own.Elem().Set(v.Elem())
	}
	v.Set(own)
	return own.Elem()
}

func elemOf(base reflect.Value) reflect.Value {
	if !base.IsValid() || base.IsNil() {
		return reflect.Value{}
	}
	return base.Elem()
}

// null is a key without a value. Written out, as null or ~, it takes the key back
// to what it is where no layer says anything. Left out, it is nothing to say
// about a group, whose keys may all be comments, and a slip elsewhere.
func (f *filler) null(s *shape, v, base reflect.Value, t *document.Tree, path string) {
	switch {
	case t.Explicit && base.IsValid():
		f.forget(path)
		v.Set(base)
	case t.Explicit:
		f.forget(path)
		v.SetZero()
		s.setDefaults(v)
	case s.is == leaf:
		f.mistake(t.Place, path, "the value is missing (write one, or null for the default)")
	case s.is == items:
		f.mistake(t.Place, path, "the list is missing (write one, [] for none, or null for the default)")
	}
}

// forget where a value, and all below it, came from.
func (f *filler) forget(path string) {
	for key := range f.origins {
		if document.Within(key, path) {
			delete(f.origins, key)
		}
	}
	for key := range f.named {
		if document.Within(key, path) {
			delete(f.named, key)
		}
	}
	f.secrets.forget(path)
}

func (f *filler) group(s *shape, v, base reflect.Value, t *document.Tree, path string) {
	if t.Kind != document.Mapping {
		f.mistake(t.Place, path, "this has to be a mapping of keys, not %s%s", t.Kind, hintAtColon(t))
		return
	}
	f.origins[path] = t.KeyPlace()
	for _, name := range t.Keys {
		field, ok := s.field(name)
		if !ok {
			f.unknown(t.Fields[name], document.Join(path, name), document.Suggest(name, s.names()))
			continue
		}
		var fieldBase reflect.Value
		if base.IsValid() {
			fieldBase = base.FieldByIndex(field.index)
		}
		f.fill(field.shape, v.FieldByIndex(field.index), fieldBase, t.Fields[name], document.Join(path, name))
	}
}

// hintAtColon is for a key whose value is glued to it.
func hintAtColon(t *document.Tree) string {
	name, value, ok := strings.Cut(t.Text, ":")
	if t.Kind != document.Scalar || t.Quoted || !ok || !document.IsPlainName(name) || value == "" || value[0] == '/' {
		return ""
	}
	return " (write a space after the colon)"
}

func (f *filler) unknown(t *document.Tree, path, hint string) {
	f.mistake(t.KeyPlace(), path, "unknown key%s", hint)
}

// dict fills a map. Its entries of the prototype count only as long as no layer
// names any.
func (f *filler) dict(s *shape, v reflect.Value, t *document.Tree, path string) {
	if t.Kind != document.Mapping {
		f.mistake(t.Place, path, "this has to be a mapping of names, not %s", t.Kind)
		return
	}
	f.origins[path] = t.KeyPlace()
	if len(t.Keys) == 0 {
		return
	}
	if v.IsNil() || !f.named[path] {
		v.Set(reflect.MakeMap(v.Type()))
		f.named[path] = true
	}
	for _, name := range t.Keys {
		f.entry(s, v, t.Fields[name], name, document.Join(path, name))
	}
}

func (f *filler) entry(s *shape, v reflect.Value, t *document.Tree, name, path string) {
	key := reflect.ValueOf(name).Convert(v.Type().Key())
	if t.Kind == document.Null && t.Explicit {
		f.forget(path)
		v.SetMapIndex(key, reflect.Value{})
		return
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if old := v.MapIndex(key); old.IsValid() {
		value.Set(old)
	} else {
		s.elem.setDefaults(value)
	}
	f.fill(s.elem, value, reflect.Value{}, t, path)
	v.SetMapIndex(key, value)
}

func (f *filler) list(s *shape, v reflect.Value, t *document.Tree, path string) {
	if t.Kind != document.List {
		f.mistake(t.Place, path, "this has to be a list, not %s%s", t.Kind, hintAtList(t))
		return
	}
	if _, again := f.origins[path]; again {
		f.forget(path)
	}
	f.origins[path] = t.Place
	values := reflect.MakeSlice(v.Type(), len(t.List), len(t.List))
	for i, item := range t.List {
		at := document.Element(path, i)
		if item.Kind == document.Null && !item.Broken {
			f.mistake(item.Place, at, "the value is missing")
			continue
		}
		s.elem.setDefaults(values.Index(i))
		f.fill(s.elem, values.Index(i), reflect.Value{}, item, at)
	}
	v.Set(values)
}

func hintAtList(t *document.Tree) string {
	if t.Kind != document.Scalar || t.Text == "" || !document.IsBare(t.Text) {
		return ""
	}
	return fmt.Sprintf(" (write [%s])", t.Text)
}

func (f *filler) leaf(s *shape, v reflect.Value, t *document.Tree, path string) {
	if t.Kind != document.Scalar {
		f.mistake(t.Place, path, "this has to be a single value, not %s", t.Kind)
		return
	}
	f.origins[path] = t.Place
	if s.typ == secretType {
		f.secret(v, t, path)
		return
	}
	value := reflect.New(s.typ).Elem()
	if err := parseLeaf(value, t); err != nil {
		f.mistake(t.Place, path, "%v", err)
		return
	}
	if err := s.rule.check(value); err != nil {
		f.mistake(t.Place, path, "%v", err)
		return
	}
	v.Set(value)
}
