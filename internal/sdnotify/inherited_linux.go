package sdnotify

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// firstInherited is SD_LISTEN_FDS_START.
const firstInherited = 3

// take makes files of the descriptors from 3 on, all or none.
func take(names []string) ([]File, error) {
	for i, name := range names {
		if _, err := unix.FcntlInt(uintptr(firstInherited+i), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("sdnotify: LISTEN_FDS: descriptor %d (%q): %w", firstInherited+i, name, err)
		}
	}
	files := make([]File, len(names))
	for i, name := range names {
		files[i] = File{Name: name, File: os.NewFile(uintptr(firstInherited+i), name)}
	}
	return files, nil
}
