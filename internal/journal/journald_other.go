//go:build !linux

package journal

import "errors"

// journald is for Linux only.
type journald struct {
	sink
	doubter
}

// newJournald: there is no journald here.
func newJournald(string, string) (*journald, error) {
	return nil, errors.New("journal: target journal: this system has no journald")
}
