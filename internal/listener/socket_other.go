//go:build !unix

package listener

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// maxPath is the room in sockaddr_un without the final NUL.
const maxPath = 107

func checkListening(*os.File) error { return errors.ErrUnsupported }

func stopListening(*os.File) {}

// listenUnix binds a Unix socket, and takes the place of one that a dead process has left
// behind. Who may connect is decided by the folder's access control list.
func listenUnix(path string, _ fs.FileMode) (socket, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

func removeNobodys(path string, failed error) error {
	if !isRefused(failed) {
		return fmt.Errorf("is anybody listening on %s? %w", path, failed)
	}
	return os.Remove(path)
}

func (l *Listener) file() (*os.File, error) { return nil, errors.ErrUnsupported }
