//go:build unix && !linux

package control

import (
	"net"
	"sync"

	"golang.org/x/sys/unix"
)

// maxPath is the room in sockaddr_un without the final NUL.
const maxPath = 103

var umask sync.Mutex

// listenPrivate creates a socket that only its owner may connect to. The umask
// is the whole process's: a file that another goroutine creates meanwhile gets
// a narrower mode than it asked for, never a wider one.
func listenPrivate(path string) (*net.UnixListener, error) {
	umask.Lock()
	defer umask.Unlock()
	defer unix.Umask(unix.Umask(0o177))
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}
