package config

import (
	"fmt"
	"strings"
)

// Place is where a value was set: a place in a file, or the name of a variable
// or a flag.
type Place struct {
	// Source is a file's path, "$GIND_LOG_LEVEL", "--log-level" or "default".
	Source string
	// Line and Column count from 1; 0 where the source has none.
	Line, Column int
	// excerpt is the line of the file.
	excerpt string
}

// String is "file:line:column", as compilers write it, or the source alone.
func (p Place) String() string {
	if p.Line == 0 {
		return p.Source
	}
	return fmt.Sprintf("%s:%d:%d", p.Source, p.Line, p.Column)
}

// Mistake is one thing that is wrong with the configuration.
type Mistake struct {
	Place
	// Key is the dotted path, as server.read_timeout; empty if there is none.
	Key string
	// Text says what is wrong, and what to write instead.
	Text string
}

// Error is "file:line:column: key: text".
func (m *Mistake) Error() string {
	parts := []string{m.String()}
	if m.Key != "" {
		parts = append(parts, m.Key)
	}
	return strings.Join(append(parts, m.Text), ": ")
}

// Excerpt shows the line of the file with the place marked, on two lines, or
// nothing where there is no file.
func (m *Mistake) Excerpt() string {
	if m.excerpt == "" {
		return ""
	}
	number := fmt.Sprintf("%5d | ", m.Line)
	return number + m.excerpt + "\n" + strings.Repeat(" ", len(number)+max(m.Column-1, 0)) + "^"
}
