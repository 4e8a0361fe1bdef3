package config

import (
	"context"
	"fmt"
	"slices"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
)

// Loader reads configurations of one schema from the same sources each time. It
// may be used by one goroutine at a time.
type Loader struct {
	Schema *schema.Schema
	// Sources in order: later ones win.
	Sources []Source
	// Checks of the values together, such as for keys that contradict each other.
	// They are called with the snapshot that is to be; where a value is wrong in
	// itself, it has the default. What they then find because of that is not told.
	Checks []func(*Snapshot) []*document.Mistake
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

// Peek is what can be read, for those who need a key of a config whether it is good
// or not. The error is that of Load; there is a snapshot all the same, unless the
// schema is bad or ctx has ended. What is wrong has its default in it.
func (l *Loader) Peek(ctx context.Context) (*Snapshot, error) {
	loaded, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	return loaded.snapshot, document.Together(loaded.mistakes)
}

// loaded is what a load has found, good or bad.
type loaded struct {
	snapshot *Snapshot // filled with what is right
	mistakes []*document.Mistake
	literals map[string]string // the secrets that are written out, by path
}

func (l *loaded) result() (*Snapshot, error) {
	if err := document.Together(l.mistakes); err != nil {
		return nil, err
	}
	return l.snapshot, nil
}

// load reads and checks everything. The error is of the schema, or ctx's.
func (l *Loader) load(ctx context.Context) (*loaded, error) {
	if err := l.Schema.Err(); err != nil {
		return nil, err
	}
	layers := l.read(ctx)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("config: %w", context.Cause(ctx))
	}
	nameEntries(layers, l.Schema)
	result := l.fill(layers, nil)
	var malformed []*document.Mistake
	for _, layer := range layers {
		malformed = append(malformed, layer.mistakes...)
	}
	result.mistakes = append(malformed, result.mistakes...)
	if slices.ContainsFunc(layers, func(l *layer) bool { return l.unread }) {
		result.snapshot = l.salvage(layers)
	} else {
		l.check(result)
	}
	return result, nil
}

// salvage a snapshot from layers of which not all can be read.
func (l *Loader) salvage(layers []*layer) *Snapshot {
	for _, layer := range layers {
		layer.trees = append(layer.trees, layer.salvaged...)
	}
	return l.fill(layers, nil).snapshot
}

// read the layers: those that depend on others after these, each in its place.
func (l *Loader) read(ctx context.Context) []*layer {
	layers := make([]*layer, len(l.Sources))
	for _, late := range []bool{false, true} {
		for i, source := range l.Sources {
			if _, depends := source.(Dependent); depends == late {
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
	var trees []*document.Tree
	for _, layer := range layers {
		trees = append(trees, layer.all()...)
	}
	filled, mistakes := l.Schema.Fill(trees, kept)
	return &loaded{snapshot: newSnapshot(filled, layers), mistakes: mistakes, literals: filled.Literals()}
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
func followsFrom(m *document.Mistake, known []*document.Mistake, s *Snapshot) bool {
	set := s.filled.IsSet(m.Key)
	return slices.ContainsFunc(known, func(k *document.Mistake) bool {
		return k.Key != "" && (document.Within(m.Key, k.Key) || document.Within(k.Key, m.Key) || !set && document.Above(m.Key) == document.Above(k.Key))
	})
}
