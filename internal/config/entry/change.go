package entry

import (
	"cmp"
	"fmt"
)

// Change is one key whose value differs between two snapshots. Old or New is
// empty where the key is not there; secrets are hidden.
type Change struct {
	Key string `json:"key"`
	Old string `json:"old"`
	New string `json:"new"`
	// Live says that the change takes effect without a restart.
	Live bool `json:"live"`
	// Instead is what counts in place of the new value, for people; empty where that does.
	Instead string `json:"instead,omitempty"`
}

// String is a line for people: "log.level: info → debug".
func (c Change) String() string {
	return fmt.Sprintf("%s: %s → %s", c.Key, cmp.Or(c.Old, "none"), cmp.Or(c.New, "none"))
}

// InForce reports whether the change has taken effect.
func (c Change) InForce() bool { return c.Live && c.Instead == "" }

// Report is String, and what the change needs to take effect.
func (c Change) Report() string {
	switch {
	case c.Instead != "":
		return c.String() + " (" + c.Instead + ")"
	case !c.Live:
		return c.String() + " (needs a restart)"
	}
	return c.String()
}

// OtherSecret marks a secret that is another, though the key shows the same.
const OtherSecret = " (another secret)"

// Diff lists the keys that differ, in the order of b, then what only a has. A key
// that comes or goes with its default is no change.
func Diff(a, b []Entry) []Change {
	changes := []Change{}
	before := make(map[string]int, len(a)) // where a has a key
	for i, e := range a {
		before[e.Key] = i
	}
	for _, e := range b {
		i, ok := before[e.Key]
		if !ok {
			if !e.Default() { // else it came with the group it is in
				changes = append(changes, Change{Key: e.Key, New: e.Value, Live: e.Live})
			}
			continue
		}
		delete(before, e.Key)
		switch old := a[i]; {
		case old.Value != e.Value:
			changes = append(changes, Change{Key: e.Key, Old: old.Value, New: e.Value, Live: e.Live})
		case old.Secrets != e.Secrets:
			changes = append(changes, Change{Key: e.Key, Old: old.Value, New: e.Value + OtherSecret, Live: e.Live})
		}
	}
	for _, e := range a {
		if _, gone := before[e.Key]; gone && !e.Default() {
			changes = append(changes, Change{Key: e.Key, Old: e.Value, Live: e.Live})
		}
	}
	return changes
}
