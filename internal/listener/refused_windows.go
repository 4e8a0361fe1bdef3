package listener

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isRefused reports whether a connection failed since nobody listens.
func isRefused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
