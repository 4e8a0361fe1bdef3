package mirror

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameToNew renames a file, unless there is one of the new name already, which
// another process may have made this very moment (rename(2), RENAME_NOREPLACE).
func renameToNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameIfNew(from, to) // a file system that cannot, such as NFS
	}
	return err
}
