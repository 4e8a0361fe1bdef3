// Package choice is for options that have a few values, each with a name.
//
// It knows how a name is read and what is said of one that there is not. It does
// not know what is chosen.
package choice

import (
	"fmt"
	"strings"
)

// Parse is the index in names of the one that was chosen.
func Parse(what string, names []string, chosen string) (int, error) {
	for i, name := range names {
		if chosen == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("journal: %s %q: not one of %s", what, chosen, strings.Join(names, ", "))
}

// Name is the name at i, and says so if there is none.
func Name(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown (%d)", i)
	}
	return names[i]
}
