//go:build unix

package history

import (
	"errors"
	"os"
)

// syncDir makes the names of a folder's files last (fsync(2)).
func syncDir(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
