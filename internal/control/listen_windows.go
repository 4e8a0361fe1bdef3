package control

import (
	"errors"
	"net"

	"golang.org/x/sys/windows"
)

// maxPath is the room in sockaddr_un without the final NUL.
const maxPath = 107

// listenPrivate creates a socket. Who may connect is decided by the directory's
// access control list, which the socket inherits.
func listenPrivate(path string) (*net.UnixListener, error) {
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

// refused tells whether a connection failed since nobody listens.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED)
}

// groupOf is unknown: there are no groups of files.
func groupOf(string) string {
	return ""
}
