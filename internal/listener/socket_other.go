//go:build !unix

package listener

import (
	"errors"
	"io/fs"
	"net"
	"os"
)

func checkListening(*os.File) error { return errors.ErrUnsupported }

func stopListening(*os.File) {}

func removeStale(string) error { return errors.ErrUnsupported }

// listenUnix binds a Unix socket. A stale one is not replaced.
func listenUnix(path string, _ fs.FileMode) (socket, error) {
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

func (l *Listener) file() (*os.File, error) { return nil, errors.ErrUnsupported }
