//go:build linux || darwin || freebsd

package mirror

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

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
