package listener

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// ListenUnix binds a Unix socket by the rule of this room's own listeners: only a
// file that nobody listens on any more makes room, whoever left it, and the file never
// has more permissions than mode. "@name" is an abstract one, without a file.
func ListenUnix(path string, mode fs.FileMode) (*net.UnixListener, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("%s: the path has %d bytes, a socket's may have %d", path, len(path), maxPath)
	}
	l, err := listenUnix(path, mode)
	if err != nil {
		return nil, err
	}
	return l.(*net.UnixListener), nil
}

// removeStale removes a socket that a dead process has left behind. A file that is no
// socket, or a socket that somebody listens on, stays.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is no socket", path)
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		_ = c.Close()
		return &net.OpError{Op: "listen", Net: "unix", Addr: &net.UnixAddr{Name: path, Net: "unix"}, Err: syscall.EADDRINUSE}
	}
	return removeNobodys(path, err)
}
