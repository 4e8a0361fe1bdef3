//go:build !linux

package journal

import "errors"

// newJournald: there is no journald here.
func newJournald(string, string) (sink, error) {
	return nil, errors.New("journal: target journal: this system has no journald")
}
