//go:build unix

package control

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxPath is the room in sockaddr_un without the final NUL: unix(7).
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// refused tells whether a connection failed since nobody listens.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED)
}

// groupOf is the name of the group that a file belongs to, or "".
func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(stat.Gid), 10))
	if err != nil {
		return ""
	}
	return group.Name
}
