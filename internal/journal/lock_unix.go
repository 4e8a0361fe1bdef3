//go:build linux || darwin || freebsd

package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// unlinked is whether the file has no name left: it and what was written to it
// are gone as soon as it is closed.
func unlinked(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// lockShared says that f is being written (flock(2)). It fails only where
// somebody compresses f; a file system without locks has one process.
func lockShared(f *os.File) bool { return lock(f, unix.LOCK_SH) }

// lockExclusive says that f is being compressed, which nobody must write to.
func lockExclusive(f *os.File) bool { return lock(f, unix.LOCK_EX) }

func lock(f *os.File, how int) bool {
	return unix.Flock(int(f.Fd()), how|unix.LOCK_NB) != unix.EWOULDBLOCK
}
