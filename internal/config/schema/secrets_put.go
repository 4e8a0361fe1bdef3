package schema

import (
	"reflect"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// putSecrets puts what the references lead to where the references were filled in.
func (f *filler) putSecrets(parts []*part, slots []reflect.Value) {
	if len(f.secrets) == 0 {
		return
	}
	w := secretWriter{secrets: f.secrets, above: map[string]bool{}}
	for path := range f.secrets {
		for at := document.Above(path); at != "" && !w.above[at]; at = document.Above(at) {
			w.above[at] = true
		}
	}
	for i, p := range parts {
		w.group(p.shape, slots[i], p.name)
	}
}

// secretWriter goes only where a layer has set a secret: what is there is a value
// of its own, and not the prototype's.
type secretWriter struct {
	secrets secrets
	above   map[string]bool // the paths that secrets lie in
}

func (w secretWriter) put(s *shape, v reflect.Value, path string) {
	if text := w.secrets[path]; text != nil && s.typ == secretType {
		to := v
		if s.pointer {
			to = v.Elem()
		}
		to.Set(reflect.ValueOf(value.NewSecret(text.content)))
		return
	}
	if !w.above[path] || s.pointer && v.IsNil() {
		return
	}
	if s.pointer {
		v = v.Elem()
	}
	switch s.is {
	case group:
		w.group(s, v, path)
	case items:
		for i := range v.Len() {
			w.put(s.elem, v.Index(i), document.Element(path, i))
		}
	case dict:
		w.dict(s, v, path)
	}
}

func (w secretWriter) group(s *shape, v reflect.Value, path string) {
	for _, f := range s.fields {
		w.put(f.shape, v.FieldByIndex(f.index), document.Join(path, f.name))
	}
}

func (w secretWriter) dict(s *shape, v reflect.Value, path string) {
	for _, name := range sortedNames(v) {
		key := reflect.ValueOf(name).Convert(v.Type().Key())
		own := reflect.New(v.Type().Elem()).Elem()
		own.Set(v.MapIndex(key))
		w.put(s.elem, own, document.Join(path, name))
		v.SetMapIndex(key, own)
	}
}
