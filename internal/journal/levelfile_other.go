//go:build !linux && !darwin && !freebsd

package journal

import "os"

// unlinked: an open file cannot be deleted here.
func unlinked(*os.File) bool { return false }

// lockShared: there are no upgrades here, and so no second process.
func lockShared(*os.File) bool { return true }

func lockExclusive(*os.File) bool { return true }

// usable says why nothing could be written to dir now. A full disk shows only
// when it is written to.
func usable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &os.PathError{Op: "open", Path: dir, Err: os.ErrInvalid}
	}
	return nil
}
