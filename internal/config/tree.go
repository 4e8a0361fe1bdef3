package config

import "maps"

// tree is what one layer says: a mapping, a list or a scalar, each with its place.
type tree struct {
	kind   kind
	text   string // of a scalar
	quoted bool   // a scalar that is text whatever it looks like
	list   []*tree
	fields map[string]*tree
	keys   []string // of fields, in order
	place  Place
	key    Place // of the key in a mapping
}

type kind int

const (
	null kind = iota
	scalar
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

func newMapping(place Place) *tree {
	return &tree{kind: mapping, fields: map[string]*tree{}, place: place}
}

// set a field, which is new.
func (t *tree) set(name string, value *tree) {
	if _, ok := t.fields[name]; !ok {
		t.keys = append(t.keys, name)
	}
	t.fields[name] = value
}

// setPath sets a field below, making the mappings on the way.
func (t *tree) setPath(path []string, value *tree) {
	for _, name := range path[:len(path)-1] {
		next := t.fields[name]
		if next == nil || next.kind != mapping {
			next = newMapping(value.place)
			t.set(name, next)
		}
		t = next
	}
	t.set(path[len(path)-1], value)
}

// merged is base with what over says in its place. Mappings are merged key by
// key, everything else is replaced.
func merged(base, over *tree) *tree {
	if base == nil || over == nil || base.kind != mapping || over.kind != mapping {
		if over == nil {
			return base
		}
		return over
	}
	result := &tree{kind: mapping, fields: maps.Clone(base.fields), keys: append([]string(nil), base.keys...),
		place: over.place, key: over.key}
	for _, name := range over.keys {
		result.set(name, merged(base.fields[name], over.fields[name]))
	}
	return result
}
