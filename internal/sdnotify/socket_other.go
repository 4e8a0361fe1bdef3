//go:build !linux

package sdnotify

import (
	"errors"
	"time"
)

// There is no systemd here: a Notifier is never enabled.
const (
	supported  = false
	maxAddress = 0
)

func dial(string) (conn, error) {
	return nil, errors.ErrUnsupported
}

func barrier(*Notifier, time.Duration) error {
	return nil
}
