package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
)

// Snapshot is one complete configuration that has been checked. It never changes
// once it is in force.
type Snapshot struct {
	slots  []any // of what is filled: a step less on the way
	filled *schema.Filled
	said   history.Said

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
	if i := s.filled.Slot(name); i > 0 {
		return s.slots[i]
	}
	return nil
}

// Entries are all keys, in the order of the schema.
func (s *Snapshot) Entries() []entry.Entry { return slices.Clone(s.filled.Entries) }

// Origin is where a key was set. The place of one that no layer sets is "default".
func (s *Snapshot) Origin(key string) document.Place {
	return s.filled.Origin(key)
}

// Mistake is a mistake at the place where a key was set; if only what the key
// lies in was set, there.
func (s *Snapshot) Mistake(key, format string, args ...any) *document.Mistake {
	return &document.Mistake{Place: s.filled.NearestOrigin(key), Key: key, Text: fmt.Sprintf(format, args...)}
}

// ExposedSecrets are mistakes, one for each secret that stands in a file that
// everybody on the machine can read. A check adds them where that is refused.
func (s *Snapshot) ExposedSecrets() []*document.Mistake { return s.filled.Exposed() }

// SecretFiles are the paths of the files that secrets were read from.
func (s *Snapshot) SecretFiles() []string {
	return s.filled.SecretFiles()
}

// newSnapshot of what the layers said.
func newSnapshot(filled *schema.Filled, layers []*layer) *Snapshot {
	result := &Snapshot{slots: filled.Slots, filled: filled, SHA256: entry.Digest(filled.Entries), said: saidBy(layers)}
	for _, layer := range layers {
		result.Files = append(result.Files, layer.names...)
	}
	return result
}

// Diff lists the keys that differ, in the order of b, then what only a has. A key
// that comes or goes with its default is no change.
func Diff(a, b *Snapshot) []entry.Change { return entry.Diff(a.filled.Entries, b.filled.Entries) }

// sameContent reports whether nothing differs, the secrets included.
func (s *Snapshot) sameContent(other *Snapshot) bool { return len(Diff(s, other)) == 0 }
