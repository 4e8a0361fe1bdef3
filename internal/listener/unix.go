package listener

import (
	"io/fs"
	"net"
)

// ListenUnix binds a Unix socket by the rule of this room's own listeners: only a
// file that nobody listens on any more makes room, whoever left it, and the file never
// has more permissions than mode. "@name" is an abstract one, without a file.
func ListenUnix(path string, mode fs.FileMode) (*net.UnixListener, error) {
	l, err := listenUnix(path, mode)
	if err != nil {
		return nil, err
	}
	return l.(*net.UnixListener), nil
}
