package target

import "github.com/gind/gind/internal/journal/internal/choice"

// Target says where records go first.
type Target int

// The targets.
const (
	// Auto is Journald where systemd runs the service, else Text on a terminal, else JSON.
	Auto Target = iota
	// Journald is journald's native protocol. Linux only.
	Journald
	// Text is coloured lines on standard error, for people.
	Text
	// JSON is one JSON object a line on standard error, for containers.
	JSON
)

var targetNames = [...]string{"auto", "journal", "text", "json"}

// Parse reads auto, journal, text or json.
func Parse(s string) (Target, error) {
	i, err := choice.Parse("target", targetNames[:], s)
	return Target(i), err
}

// String is the name that ParseTarget reads.
func (t Target) String() string { return choice.Name(targetNames[:], int(t)) }
