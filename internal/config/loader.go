package config

import (
	"context"
	"fmt"
	"reflect"
	"slices"
)

// Loader reads configurations of one schema from the same sources each time. It
// may be used by one goroutine at a time.
type Loader struct {
	Schema *Schema
	// Sources in order: later ones win.
	Sources []Source
	// Checks of the values together, such as for keys that contradict each other.
	// They are called with the snapshot that is to be; where a value is wrong in
	// itself, it has the default. What they then find because of that is not told.
	Checks []func(*Snapshot) []*Mistake
}

// Load reads and checks everything. The error is a *multierror.Error of
// *Mistake, in the order of the layers and of the lines in them.
func (l *Loader) Load(ctx context.Context) (*Snapshot, error) {
	loaded, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	return loaded.result()
}

// loaded is what a load has found, good or bad.
type loaded struct {
	snapshot *Snapshot // filled with what is right
	mistakes []*Mistake
	literals map[string]string // the secrets that are written out, by path
}

func (l *loaded) result() (*Snapshot, error) {
	if err := together(l.mistakes); err != nil {
		return nil, err
	}
	return l.snapshot, nil
}

// load reads and checks everything. The error is of the schema, or ctx's.
func (l *Loader) load(ctx context.Context) (*loaded, error) {
	if l.Schema.err != nil {
		return nil, l.Schema.err
	}
	layers := l.read(ctx)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("config: %w", context.Cause(ctx))
	}
	result := l.fill(layers, nil)
	var malformed []*Mistake
	for _, layer := range layers {
		malformed = append(malformed, layer.mistakes...)
	}
	result.mistakes = append(malformed, result.mistakes...)
	if !slices.ContainsFunc(layers, func(l *layer) bool { return l.unread }) {
		l.check(result)
	}
	return result, nil
}

// read the layers: those that depend on others after these, each in its place.
func (l *Loader) read(ctx context.Context) []*layer {
	layers := make([]*layer, len(l.Sources))
	for _, late := range []bool{false, true} {
		for i, source := range l.Sources {
			if _, depends := source.(dependent); depends == late {
				layers[i] = l.readLayer(ctx, source, &Reading{schema: l.Schema, layers: known(layers)})
			}
		}
	}
	return layers
}

// known are the layers that have been read so far.
func known(layers []*layer) []*layer {
	return slices.DeleteFunc(slices.Clone(layers), func(l *layer) bool { return l == nil })
}

// fill a snapshot with what the layers say. kept are secrets that history has not.
func (l *Loader) fill(layers []*layer, kept map[string]string) *loaded {
	values := 0
	for _, layer := range layers {
		for _, t := range layer.trees {
			values += t.size()
		}
	}
	f := newFiller(values)
	slots := make([]reflect.Value, len(l.Schema.parts))
	for i, p := range l.Schema.parts {
		slots[i] = reflect.New(p.shape.typ).Elem()
		slots[i].Set(p.base)
	}
	for _, layer := range layers {
		for _, t := range layer.trees {
			l.Schema.fill(f, slots, t)
		}
	}
	f.resolve(kept)
	f.putSecrets(l.Schema.parts, slots)
	for i, p := range l.Schema.parts {
		p.validate(f, slots[i])
	}
	return &loaded{snapshot: l.Schema.snapshot(f, slots, layers), mistakes: f.mistakes, literals: f.secrets.literals()}
}

// fill the whole and the sections with what one tree says.
func (s *Schema) fill(f *filler, slots []reflect.Value, t *tree) {
	own := newMapping(t.place)
	for _, name := range t.keys {
		value := t.fields[name]
		_, known := s.parts[0].shape.field(name)
		switch slot := s.slot(name); {
		case slot > 0:
			f.fill(s.parts[slot].shape, slots[slot], s.parts[slot].base, value, name)
		case known:
			own.set(name, value)
		case s.open && value.kind != scalar && value.kind != list:
		default:
			f.unknown(value, join("", name), s.suggest(name))
		}
	}
	f.fill(s.parts[0].shape, slots[0], s.parts[0].base, own, "")
}

// check the values together with the loader's checks.
func (l *Loader) check(result *loaded) {
	known := result.mistakes
	for _, check := range l.Checks {
		for _, m := range check(result.snapshot) {
			if !followsFrom(m, known, result.snapshot) {
				result.mistakes = append(result.mistakes, m)
			}
		}
	}
}

// followsFrom reports whether a check found a mistake because of one that is
// known: its key has that one, or is missing where something else is wrong.
func followsFrom(m *Mistake, known []*Mistake, s *Snapshot) bool {
	_, set := s.origins[m.Key]
	return slices.ContainsFunc(known, func(k *Mistake) bool {
		return k.Key != "" && (within(m.Key, k.Key) || within(k.Key, m.Key) || !set && above(m.Key) == above(k.Key))
	})
}
