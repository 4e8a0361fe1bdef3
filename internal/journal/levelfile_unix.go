//go:build linux || darwin || freebsd

package journal

import (
	"fmt"
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

// usable says why nothing could be written to dir now: it is missing, or read
// only, or the disk is full.
func usable(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return &os.PathError{Op: "access", Path: dir, Err: err}
	}
	if free, err := freeBytes(dir); err == nil && free < chunk {
		return fmt.Errorf("%s: %w: %d bytes free", dir, unix.ENOSPC, free)
	}
	return nil
}

// freeBytes is how much may still be written where dir is (statfs(2)).
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // the types are not the same on all systems
}
