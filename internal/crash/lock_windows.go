package crash

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the lock of a file, until it is closed, or says that somebody
// else has it. It locks a byte far behind the end: the others can be read and written.
func lockFile(file *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	at := &windows.Overlapped{OffsetHigh: 1 << 30}
	return windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, at)
}
