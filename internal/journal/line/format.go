package line

import "github.com/gind/gind/internal/journal/internal/choice"

// Format is how the mirror writes a record.
type Format int

// The formats of the mirror.
const (
	// FormatJSON is one JSON object a line.
	FormatJSON Format = iota
	// FormatLogfmt is key=value pairs, as slog's text handler writes them.
	FormatLogfmt
)

var formatNames = [...]string{"json", "logfmt"}

// ParseFormat reads json or logfmt.
func ParseFormat(s string) (Format, error) {
	i, err := choice.Parse("mirror format", formatNames[:], s)
	return Format(i), err
}

// String is the name that ParseFormat reads.
func (f Format) String() string { return choice.Name(formatNames[:], int(f)) }
