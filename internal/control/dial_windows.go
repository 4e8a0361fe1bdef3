package control

import (
	"errors"

	"golang.org/x/sys/windows"
)

// maxPath is the room in sockaddr_un without the final NUL.
const maxPath = 107

// refused tells whether a connection failed since nobody listens.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED)
}

// groupOf is unknown: there are no groups of files.
func groupOf(string) string {
	return ""
}
