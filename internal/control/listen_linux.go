package control

import (
	"context"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxPath is the room in sockaddr_un without the final NUL: unix(7).
const maxPath = 107

// listenPrivate creates a socket that only its owner may connect to. Linux
// gives the socket file the mode of the socket itself, which is set before the
// file exists: nobody sees another, and the process's umask is left alone.
func listenPrivate(path string) (*net.UnixListener, error) {
	private := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		return errors.Join(raw.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), 0o600) }), err)
	}}
	l, err := private.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	return l.(*net.UnixListener), nil
}
