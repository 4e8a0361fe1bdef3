package document

import "fmt"

// Place is where a value was set: a place in a file, or the name of a variable
// or a flag.
type Place struct {
	// Source is a file's path, "$GIND_LOG_LEVEL", "--log-level" or "default".
	Source string `json:"file,omitempty"`
	// Line and Column count from 1, columns in characters; 0 where the source has none.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`

	text *text // of the file; nil if there is none
}

// DefaultPlace is where a value is that no layer set.
var DefaultPlace = Place{Source: "default"}

// IsDefault reports whether no layer set the value that is here.
func (p Place) IsDefault() bool { return p.Source == "" || p.Source == DefaultPlace.Source }

// String is "file:line:column", as compilers write it, or the source alone.
func (p Place) String() string {
	if p.Line == 0 {
		return p.Source
	}
	return fmt.Sprintf("%s:%d:%d", p.Source, p.Line, p.Column)
}
