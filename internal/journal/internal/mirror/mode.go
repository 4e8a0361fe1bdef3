package mirror

import "github.com/gind/gind/internal/journal/internal/choice"

// Mode says which records the mirror gets.
type Mode int

// The modes of the mirror.
const (
	// Fallback: only what the target did not take in time, or was not given (the governor).
	Fallback Mode = iota
	// Always: every record.
	Always
	// Off: none. What the target does not take is lost, and counted.
	Off
)

var modeNames = [...]string{"fallback", "always", "off"}

// ParseMode reads fallback, always or off.
func ParseMode(s string) (Mode, error) {
	i, err := choice.Parse("mirror", modeNames[:], s)
	return Mode(i), err
}

// String is the name that ParseMode reads.
func (m Mode) String() string { return choice.Name(modeNames[:], int(m)) }
