package mirror

import (
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// Stats is the state of the per-level files.
type Stats struct {
	// Dir is where they are; empty if there are none.
	Dir  string `json:"dir,omitempty"`
	Mode string `json:"mode"`
	// Error is why they cannot be written, and Since since when.
	Error string    `json:"error,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// Pending is how many bytes wait to be written.
	Pending int64 `json:"pending_bytes"`
	// Rotations is how often a file was rotated.
	Rotations uint64 `json:"rotations"`
}

// Taken is how many lines the files have taken.
func (m *Mirror) Taken() (n uint64) {
	for i := range record.Lanes {
		n += m.Written(i)
	}
	return n
}

// Stats is the state of the files now.
func (m *Mirror) Stats() Stats {
	s := Stats{
		Dir:       m.dir,
		Mode:      Mode(m.mode.Load()).String(),
		Pending:   m.Pending(),
		Rotations: m.rotations.Load(),
	}
	if err := m.Err(); err != nil {
		s.Error = err.Error()
	}
	s.Since = m.Since()
	return s
}
