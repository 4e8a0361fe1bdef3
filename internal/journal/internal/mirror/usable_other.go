//go:build !linux && !darwin && !freebsd

package mirror

import "os"

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
