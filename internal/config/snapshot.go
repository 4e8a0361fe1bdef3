package config

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"slices"
	"time"

	"github.com/gind/gind/value"
)

// Snapshot is one complete configuration that has been checked. It never changes
// once it is in force.
type Snapshot struct {
	slots   []any // pointers to structs: the whole, then the sections
	schema  []*part
	entries []Entry
	origins map[string]Place
	secrets secrets
	said    said

	// Version counts the configurations that were in force, from 1. With a
	// history it goes on where that ends.
	Version int
	// Time at which it came into force.
	Time time.Time
	// Who asked for it.
	Who string
	// Files that were read.
	Files []string
	// SHA256 of all keys and values as they are shown, in hexadecimal. A secret
	// counts as its reference, or as the fact that there is one.
	SHA256 string
	// Pinned is the version that a rollback put in force, in place of what the
	// files say; 0 if what they say is in force.
	Pinned int
}

// Value is a pointer to a struct like the schema's prototype, filled. It must not
// be changed.
func (s *Snapshot) Value() any { return s.slots[0] }

// Section is a pointer to the struct of the application's section, filled; nil if
// there is none. It must not be changed.
func (s *Snapshot) Section(name string) any {
	for i, p := range s.schema {
		if i > 0 && i < len(s.slots) && p.name == name {
			return s.slots[i]
		}
	}
	return nil
}

// Entries are all keys, in the order of the schema.
func (s *Snapshot) Entries() []Entry { return slices.Clone(s.entries) }

// Origin is where a key was set. The place of one that no layer sets is "default".
func (s *Snapshot) Origin(key string) Place {
	if place, ok := s.origins[key]; ok {
		return place
	}
	return defaultPlace
}

// Mistake is a mistake at the place where a key was set; if only what the key
// lies in was set, there.
func (s *Snapshot) Mistake(key, format string, args ...any) *Mistake {
	return &Mistake{Place: originIn(s.origins, key), Key: key, Text: fmt.Sprintf(format, args...)}
}

// ExposedSecrets are mistakes, one for each file a secret was read from that
// everybody on the machine can read. A check adds them where that is refused.
func (s *Snapshot) ExposedSecrets() []*Mistake { return s.secrets.exposed() }

// SecretFiles are the paths of the files that secrets were read from.
func (s *Snapshot) SecretFiles() []string {
	var files []string
	for _, secret := range s.secrets {
		if secret.file != "" {
			files = append(files, secret.file)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// snapshot of what was filled.
func (s *Schema) snapshot(f *filler, slots []reflect.Value, layers []*layer) *Snapshot {
	result := &Snapshot{schema: slices.Clone(s.parts), origins: f.origins, secrets: f.secrets}
	lister := &lister{filler: f, entries: make([]Entry, 0, len(f.origins)+len(s.names))}
	for i, p := range s.parts {
		result.slots = append(result.slots, slots[i].Addr().Interface())
		lister.group(p.shape, slots[i], p.name, true)
	}
	result.entries = lister.entries
	result.SHA256 = digest(result.entries)
	for _, layer := range layers {
		result.Files = append(result.Files, layer.names...)
	}
	result.said = saidBy(layers)
	return result
}

// said are the digests of what the sources said when a snapshot was made.
type said struct {
	// All of it: files, variables and flags.
	All string `json:"all"`
	// Files alone: what a snapshot without the application's sections knows.
	Files string `json:"files"`
}

func saidBy(layers []*layer) said {
	var all, files []string
	for _, layer := range layers {
		all, files = append(all, layer.digest), append(files, layer.files)
	}
	return said{All: fingerprint(all...), Files: fingerprint(files...)}
}

// lister makes the entries of values.
type lister struct {
	*filler
	entries []Entry
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
			l.list(s.elem, value, join(path, name), live)
		}
	default:
		l.entry(s, v, path, live)
	}
}

func (l *lister) group(s *shape, v reflect.Value, path string, live bool) {
	for _, f := range s.fields {
		l.list(f.shape, v.FieldByIndex(f.index), join(path, f.name), live && !f.restart)
	}
}

func (l *lister) entry(s *shape, v reflect.Value, path string, live bool) {
	e := Entry{Key: path, Origin: l.place(path), Live: live}
	e.Value = renderer{secret: func(path string, secret value.Secret) string {
		e.Secrets = 31*e.Secrets + maphash.String(seed, secret.Reveal())
		return l.secrets.shown(path, secret)
	}}.value(s, v, path)
	l.entries = append(l.entries, e)
}

// place of an entry; one that was set as part of a whole has the place of that.
func (l *lister) place(path string) Place {
	if place, ok := l.origins[path]; ok {
		return place
	}
	return defaultPlace
}

// seed makes the hashes of secrets mean nothing outside of the process.
var seed = maphash.MakeSeed()

// sameContent reports whether nothing differs, the secrets included.
func (s *Snapshot) sameContent(other *Snapshot) bool { return len(Diff(s, other)) == 0 }
