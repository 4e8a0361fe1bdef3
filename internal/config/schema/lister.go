package schema

import (
	"hash/maphash"
	"reflect"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/value"
)

// lister makes the entries of values.
type lister struct {
	*filler
	entries []entry.Entry
}

func (l *lister) list(s *shape, v reflect.Value, path string, live bool) {
	switch {
	case s.is == group && s.pointer && v.IsNil():
	case s.is == group && s.pointer:
		l.group(s, v.Elem(), path, live)
	case s.is == group:
		l.group(s, v, path, live)
	case s.is == dict && !s.pointer:
		for _, name := range sortedNames(v) {
			value := v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
			l.list(s.elem, value, document.Join(path, name), live)
		}
	default:
		l.entry(s, v, path, live)
	}
}

func (l *lister) group(s *shape, v reflect.Value, path string, live bool) {
	for _, f := range s.fields {
		l.list(f.shape, v.FieldByIndex(f.index), document.Join(path, f.name), live && !f.restart)
	}
}

func (l *lister) entry(s *shape, v reflect.Value, path string, live bool) {
	e := entry.Entry{Key: path, Origin: l.place(path), Live: live}
	e.Value = renderer{secret: func(path string, secret value.Secret) string {
		e.Secrets = 31*e.Secrets + maphash.String(seed, secret.Reveal())
		return l.secrets.shown(path, secret)
	}}.value(s, v, path)
	l.entries = append(l.entries, e)
}

// place of an entry; one that was set as part of a whole has the place of that.
func (l *lister) place(path string) document.Place {
	if place, ok := l.origins[path]; ok {
		return place
	}
	return document.DefaultPlace
}

// seed makes the hashes of secrets mean nothing outside of the process.
var seed = maphash.MakeSeed()
