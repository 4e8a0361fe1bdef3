package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Snapshot is one complete configuration that has been checked. It never changes.
type Snapshot struct {
	value    any
	sections map[string]any
	entries  []Entry
	origins  map[string]Place

	// Version counts the configurations that were in force, from 1.
	Version int
	// Time at which it came into force.
	Time time.Time
	// Who asked for it.
	Who string
	// Files that were read.
	Files []string
	// SHA256 of all keys and values, in hexadecimal. Secrets count by what is shown of them.
	SHA256 string
}

// Entry is one key with its value, as text; secrets are hidden.
type Entry struct {
	Key    string
	Value  string
	Origin Place
	// Live says that a change takes effect without a restart.
	Live bool
}

// Default reports whether no layer sets the key.
func (e Entry) Default() bool { return e.Origin == defaultPlace }

// Value is the struct of the schema's prototype, filled. It must not be changed.
func (s *Snapshot) Value() any { return s.value }

// Section is the struct of the application's section, filled; nil if there is none.
func (s *Snapshot) Section(name string) any { return s.sections[name] }

// Entries are all keys, in the order of the schema.
func (s *Snapshot) Entries() []Entry { return s.entries }

// Mistake is a mistake at the place where a key was set.
func (s *Snapshot) Mistake(key, format string, args ...any) *Mistake {
	place, ok := s.origins[key]
	if !ok {
		place = defaultPlace
	}
	return &Mistake{Place: place, Key: key, Text: fmt.Sprintf(format, args...)}
}

func digest(entries []Entry) string {
	hash := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(hash, "%q=%q\n", e.Key, e.Value)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Change is one key whose value differs between two snapshots. Old or New is
// empty where the key is not there.
type Change struct {
	Key, Old, New string
	// Live says that the change takes effect without a restart.
	Live bool
}

// Diff lists the keys that differ, in the order of b, then what only a has.
func Diff(a, b *Snapshot) []Change {
	var changes []Change
	before := map[string]Entry{}
	for _, e := range a.entries {
		before[e.Key] = e
	}
	for _, e := range b.entries {
		old, ok := before[e.Key]
		delete(before, e.Key)
		if !ok || old.Value != e.Value {
			changes = append(changes, Change{Key: e.Key, Old: old.Value, New: e.Value, Live: e.Live})
		}
	}
	for _, e := range a.entries {
		if _, gone := before[e.Key]; gone {
			changes = append(changes, Change{Key: e.Key, Old: e.Value, Live: e.Live})
		}
	}
	return changes
}
