//go:build unix

package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxPath is the room in sockaddr_un without the final NUL: unix(7).
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// checkListening reports why f can't be accepted from.
func checkListening(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var mistake error
	if err := raw.Control(func(fd uintptr) { mistake = checkSocket(int(fd)) }); err != nil {
		return err
	}
	return mistake
}

func checkSocket(fd int) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return fmt.Errorf("is no socket: %w", err)
	}
	if kind != unix.SOCK_STREAM {
		return fmt.Errorf("is a %s socket, not a stream socket (ListenStream=)", kindName(kind))
	}
	if listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && listening == 0 {
		return errors.New("is a connection, and is not listening (its socket unit needs Accept=no)")
	}
	return nil
}

func kindName(kind int) string {
	switch kind {
	case unix.SOCK_DGRAM:
		return "datagram"
	case unix.SOCK_SEQPACKET:
		return "sequential-packet"
	case unix.SOCK_RAW:
		return "raw"
	default:
		return fmt.Sprintf("type %d", kind)
	}
}

// stopListening ends a listening socket for all that have it open.
func stopListening(f *os.File) {
	raw, err := f.SyscallConn()
	if err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) })
	}
}

// listenUnix binds a Unix socket and takes the place of one that a dead process
// has left behind. A file that is no socket, or a socket that somebody listens
// on, stays.
func listenUnix(path string, mode fs.FileMode) (socket, error) {
	if strings.HasPrefix(path, "@") {
		return listenAt(path, 0)
	}
	unlock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := removeStale(path); err != nil {
		return nil, err
	}
	return listenAt(path, mode)
}

// listenAt binds path. Its file never has more permissions than mode, which
// Linux takes from the socket when it is bound.
func listenAt(path string, mode fs.FileMode) (socket, error) {
	config := net.ListenConfig{}
	if mode != 0 {
		config.Control = func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), uint32(mode.Perm())) })
		}
	}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if mode != 0 {
		if err := os.Chmod(path, mode.Perm()); err != nil {
			_ = l.Close()
			return nil, err
		}
	}
	return l.(*net.UnixListener), nil
}

// lockFolder keeps another gind from replacing the same stale socket at the
// same time, which would leave one of them listening on a file that is gone.
func lockFolder(folder string) (unlock func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	return func() { _ = f.Close() }, nil
}

// removeNobodys removes the socket at a path, to which connecting has failed, if nobody
// listens on it. One that another user's process has left behind, as root's does that
// was started by hand, is nobody's either.
func removeNobodys(path string, failed error) error {
	switch {
	case errors.Is(failed, syscall.ECONNREFUSED):
	case !errors.Is(failed, syscall.EACCES):
		return fmt.Errorf("is anybody listening on %s? %w", path, failed)
	case isBound(path):
		return fmt.Errorf("%s belongs to %s, and somebody may listen on it: end that process, or remove the file (rm %s) if there is none: %w",
			path, ownerOf(path), path, failed)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("nobody listens on %s, which belongs to %s and can't be replaced (as root: rm %s): %w", path, ownerOf(path), path, err)
	}
	return nil
}

// ownerOf a file, for people.
func ownerOf(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return "another user"
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "another user"
	}
	id := strconv.FormatUint(uint64(stat.Uid), 10)
	if owner, err := user.LookupId(id); err == nil {
		return owner.Username
	}
	return "user " + id
}

// file duplicates the socket. Unlike the File method of package net's listeners
// it makes a file whose Fd method leaves the socket non-blocking.
func (l *Listener) file() (*os.File, error) {
	raw, err := l.socket.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	duplicate := -1
	var mistake error
	err = raw.Control(func(fd uintptr) {
		duplicate, mistake = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err := errors.Join(err, mistake); err != nil {
		return nil, fmt.Errorf("duplicate: %w", err)
	}
	return os.NewFile(uintptr(duplicate), l.name), nil
}
