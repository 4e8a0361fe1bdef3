package schema

import (
	"errors"
	"reflect"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// parseTag reads the value in a tag: text as in a file, and for a list also its
// values with commas between.
func (s *shape) parseTag(text string) (reflect.Value, error) {
	t, err := parseText(s, text, document.DefaultPlace)
	if err != nil {
		return reflect.Value{}, err
	}
	f := newFiller(1)
	value := reflect.New(s.goType()).Elem()
	f.fill(s, value, reflect.Value{}, t, "")
	if len(f.mistakes) > 0 {
		return reflect.Value{}, errors.New(f.mistakes[0].Text)
	}
	return value, nil
}

// goType is the type of the Go value, which may be a pointer.
func (s *shape) goType() reflect.Type {
	if s.pointer {
		return reflect.PointerTo(s.typ)
	}
	return s.typ
}

// setDefaults gives the keys that have no value what their tags say. What v
// points to, and the maps in it, are not changed but replaced.
func (s *shape) setDefaults(v reflect.Value) {
	if s.pointer {
		if v.IsNil() {
			return
		}
		own := reflect.New(s.typ)
		own.Elem().Set(v.Elem())
		v.Set(own)
		v = own.Elem()
	}
	s.setDefaultsIn(v)
}

func (s *shape) setDefaultsIn(v reflect.Value) {
	switch s.is {
	case group:
		for _, f := range s.fields {
			value := v.FieldByIndex(f.index)
			if f.fallback.IsValid() && value.IsZero() {
				value.Set(f.fallback)
			}
			f.shape.setDefaults(value)
		}
	case dict:
		s.setEntryDefaults(v)
	}
}

func (s *shape) setEntryDefaults(v reflect.Value) {
	if v.Len() == 0 {
		return
	}
	own := reflect.MakeMap(v.Type())
	for entries := v.MapRange(); entries.Next(); {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(entries.Value())
		s.elem.setDefaults(value)
		own.SetMapIndex(entries.Key(), value)
	}
	v.Set(own)
}

// parseText makes the tree of a value that is given as one text, by a tag, a
// variable or a flag. Lists have commas between their values; what begins with a
// bracket or a brace is YAML. Where s is nil, the value's shape is not known.
func parseText(s *shape, text string, place document.Place) (*document.Tree, error) {
	asScalar := &document.Tree{Kind: document.Scalar, Text: text, Place: place, Key: place}
	if s == nil || s.is == leaf {
		return asScalar, nil
	}
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "{") {
		return document.ParseInline(trimmed, place)
	}
	if s.is != items {
		return asScalar, nil
	}
	t := &document.Tree{Kind: document.List, Place: place, Key: place}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			t.List = append(t.List, &document.Tree{Kind: document.Scalar, Text: part, Place: place, Key: place})
		}
	}
	return t, nil
}
