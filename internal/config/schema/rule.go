package schema

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/document"
)

// rule bounds the values of a leaf.
type rule struct {
	words    []string // enum
	min, max reflect.Value
	format   string
}

// compile reads the tags. The error says which one is wrong.
func (r *rule) compile(t reflect.Type, tag reflect.StructTag) (err error) {
	if words := tag.Get("enum"); words != "" {
		if t.Kind() != reflect.String {
			return fmt.Errorf("enum is for strings, not for %s", t)
		}
		r.words = strings.Split(words, "|")
	}
	if r.format = tag.Get("format"); r.format != "" {
		if formats[r.format] == nil || t.Kind() != reflect.String {
			return fmt.Errorf("format %q is none for %s", r.format, t)
		}
	}
	if r.min, err = compileBound(t, tag.Get("min")); err != nil {
		return fmt.Errorf("min: %w", err)
	}
	if r.max, err = compileBound(t, tag.Get("max")); err != nil {
		return fmt.Errorf("max: %w", err)
	}
	return nil
}

func compileBound(t reflect.Type, text string) (reflect.Value, error) {
	if text == "" {
		return reflect.Value{}, nil
	}
	edge := reflect.New(t).Elem()
	if !isNumber(edge) {
		return reflect.Value{}, fmt.Errorf("%s has no order", t)
	}
	return edge, parseLeaf(edge, &document.Tree{Kind: document.Scalar, Text: text})
}

func isNumber(v reflect.Value) bool { return v.CanInt() || v.CanUint() || v.CanFloat() }

// check a value. The error says what is wrong with it.
func (r *rule) check(v reflect.Value) error {
	switch {
	case r.words != nil && !slices.Contains(r.words, v.String()):
		return fmt.Errorf("%q is not one of %s%s", v.String(), strings.Join(r.words, ", "), document.Suggest(v.String(), r.words))
	case r.min.IsValid() && compare(v, r.min) < 0:
		return fmt.Errorf("%s is below the minimum %s", plain(v), plain(r.min))
	case r.max.IsValid() && compare(v, r.max) > 0:
		return fmt.Errorf("%s is above the maximum %s", plain(v), plain(r.max))
	case (v.Type() == durationType || v.Type() == bytesType) && v.Int() < 0 && !r.min.IsValid():
		return fmt.Errorf("%s is negative", plain(v))
	case r.format != "" && v.String() != "":
		return formats[r.format](v.String())
	}
	return nil
}

func compare(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	default:
		return cmp.Compare(a.Float(), b.Float())
	}
}
