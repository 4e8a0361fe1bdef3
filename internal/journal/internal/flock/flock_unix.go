//go:build linux || darwin || freebsd

package flock

import (
	"os"

	"golang.org/x/sys/unix"
)

// Unlinked is whether the file has no name left: it and what was written to it
// are gone as soon as it is closed.
func Unlinked(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// Shared is a lock that others may have too, such as all who write to f. It fails
// only where somebody has Exclusive; a file system without locks has one process.
func Shared(f *os.File) bool { return lock(f, unix.LOCK_SH) }

// Exclusive is a lock that nobody else may have meanwhile.
func Exclusive(f *os.File) bool { return lock(f, unix.LOCK_EX) }

func lock(f *os.File, how int) bool {
	return unix.Flock(int(f.Fd()), how|unix.LOCK_NB) != unix.EWOULDBLOCK
}
