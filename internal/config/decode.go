package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// decoder fills a struct from a tree and notes where each value came from.
type decoder struct {
	origins  map[string]Place
	entries  []Entry
	mistakes []*Mistake
}

var defaultPlace = Place{Source: "default"}

func (d *decoder) mistake(place Place, key, format string, args ...any) {
	d.mistakes = append(d.mistakes, &Mistake{Place: place, Key: key, Text: fmt.Sprintf(format, args...)})
}

// group fills a struct. path is the key of the struct, "" at the top.
func (d *decoder) group(to reflect.Value, from *tree, path string, live bool) {
	if from != nil && from.kind != mapping {
		if from.kind != null {
			d.mistake(from.place, path, "this has to be a mapping of keys, not %s", from.kind)
		}
		from = nil
	}
	fields := fieldsOf(to.Type())
	for _, f := range fields {
		var value *tree
		if from != nil {
			value = from.fields[f.name]
		}
		d.value(to.Field(f.index), value, f, join(path, f.name), live && f.live())
	}
	d.unknown(from, path, fields)
}

// unknown reports the keys that no field has.
func (d *decoder) unknown(from *tree, path string, fields []field) {
	if from == nil {
		return
	}
	var known []string
	for _, f := range fields {
		known = append(known, f.name)
	}
	for _, name := range from.keys {
		if slices.Contains(known, name) {
			continue
		}
		value := from.fields[name]
		place := value.key
		if place.Source == "" {
			place = value.place
		}
		if name == "" {
			d.mistake(place, path, "a key without a name")
			continue
		}
		d.mistake(place, join(path, name), "unknown key%s", suggest(name, known))
	}
}

func (d *decoder) value(to reflect.Value, from *tree, f field, path string, live bool) {
	switch {
	case isGroup(f.typ):
		d.group(to, from, path, live)
	case f.typ.Kind() == reflect.Map && isGroup(f.typ.Elem()):
		d.groups(to, from, path, live)
	default:
		d.leaf(to, from, f, path, live)
	}
}

// groups fills a map of structs. What the prototype has in it counts only as
// long as no layer names any.
func (d *decoder) groups(to reflect.Value, from *tree, path string, live bool) {
	result := reflect.MakeMap(to.Type())
	if from == nil || from.kind == null {
		for _, name := range sortedKeys(to) {
			d.groupOf(result, to.MapIndex(reflect.ValueOf(name)), nil, path, name, live)
		}
		to.Set(result)
		return
	}
	if from.kind != mapping {
		d.mistake(from.place, path, "this has to be a mapping of names, not %s", from.kind)
		return
	}
	for _, name := range from.keys {
		d.groupOf(result, reflect.Zero(to.Type().Elem()), from.fields[name], path, name, live)
	}
	to.Set(result)
}

func (d *decoder) groupOf(result, base reflect.Value, from *tree, path, name string, live bool) {
	element := reflect.New(result.Type().Elem()).Elem()
	element.Set(base)
	d.group(element, from, join(path, name), live)
	result.SetMapIndex(reflect.ValueOf(name), element)
}

// leaf fills a single value or a list of them.
func (d *decoder) leaf(to reflect.Value, from *tree, f field, path string, live bool) {
	if text, ok := f.tag.Lookup("default"); ok && to.IsZero() {
		d.parse(to, &tree{kind: scalar, text: text, place: defaultPlace}, f, path)
	}
	place := defaultPlace
	if from != nil && from.kind != null {
		place = from.place
		d.parse(to, from, f, path)
	}
	d.origins[path] = place
	d.entries = append(d.entries, Entry{Key: path, Value: show(to), Origin: place, Live: live})
}

func (d *decoder) parse(to reflect.Value, from *tree, f field, path string) {
	if f.typ.Kind() == reflect.Slice {
		d.list(to, from, f, path)
		return
	}
	if from.kind != scalar {
		d.mistake(from.place, path, "this has to be a single value, not %s", from.kind)
		return
	}
	value := reflect.New(f.typ).Elem()
	if err := parseScalar(value, from); err != nil {
		d.mistake(from.place, path, "%v", err)
		return
	}
	if err := withinBounds(value, f.tag); err != nil {
		d.mistake(from.place, path, "%v", err)
		return
	}
	to.Set(value)
}

// list fills a slice, from a YAML list or from text with commas.
func (d *decoder) list(to reflect.Value, from *tree, f field, path string) {
	items := from.list
	switch from.kind {
	case scalar:
		items = splitList(from.text)
		for _, item := range items {
			item.place = from.place
		}
	case mapping:
		d.mistake(from.place, path, "this has to be a list, not %s", from.kind)
		return
	}
	result := reflect.MakeSlice(f.typ, 0, len(items))
	element := field{name: f.name, typ: f.typ.Elem(), tag: f.tag}
	for i, item := range items {
		value := reflect.New(f.typ.Elem()).Elem()
		d.parse(value, item, element, fmt.Sprintf("%s[%d]", path, i))
		result = reflect.Append(result, value)
	}
	to.Set(result)
}

// splitList are the items of a list that is written with commas.
func splitList(text string) (items []*tree) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			items = append(items, &tree{kind: scalar, text: part, quoted: true})
		}
	}
	return items
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys(m reflect.Value) []string {
	var names []string
	for _, key := range m.MapKeys() {
		names = append(names, key.String())
	}
	slices.Sort(names)
	return names
}
