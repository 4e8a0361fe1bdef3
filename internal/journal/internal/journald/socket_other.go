//go:build !linux

package journald

import (
	"errors"

	"github.com/gind/gind/internal/journal/internal/sink"
)

// Socket is for Linux only.
type Socket struct {
	sink.Sink
	sink.Doubter
}

// New: there is no journald here.
func New(string, string) (*Socket, error) {
	return nil, errors.New("journal: target journal: this system has no journald")
}
