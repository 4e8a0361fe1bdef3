package config

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
)

// Live is a view of the whole configuration, or of a section, that follows what
// is in force. Its methods may be called concurrently.
type Live[T any] struct {
	current *atomic.Pointer[Snapshot] // of the store: a step less on the way
	slot    int
	store   *Store
}

// LiveOf makes the view of a section; the empty name is the whole. T is the type
// of the struct that the schema was given.
func LiveOf[T any](s *Store, section string) (*Live[T], error) {
	slot := s.loader.Schema.Slot(section)
	if slot < 0 || slot >= len(s.Current().slots) {
		return nil, fmt.Errorf("config: there is no section %q", section)
	}
	if _, ok := s.Current().slots[slot].(*T); !ok {
		return nil, fmt.Errorf("config: section %q is a %T, not a %s", section, s.Current().slots[slot], reflect.TypeFor[*T]())
	}
	return &Live[T]{current: &s.current, slot: slot, store: s}, nil
}

// Load is what is in force now: one atomic read. It must not be changed, and
// stays as it is when a reload puts another in its place: who loads it once sees
// one version.
func (l *Live[T]) Load() *T { return l.current.Load().slots[l.slot].(*T) }

// OnChange has prepare called with each change of what the view shows, before it
// is in force. Its error refuses the change, for everybody; the function it
// returns, which may be nil, is called once the change is in force.
func (l *Live[T]) OnChange(name string, prepare func(ctx context.Context, old, new *T) (commit func(), err error)) {
	l.store.Subscribe(name, Certain(func(ctx context.Context, old, new *Snapshot) (func(), error) {
		before, after := old.slots[l.slot].(*T), new.slots[l.slot].(*T)
		if reflect.DeepEqual(before, after) {
			return nil, nil
		}
		return prepare(ctx, before, after)
	}))
}
