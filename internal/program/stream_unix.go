//go:build unix

package program

import (
	"fmt"
	"os"
	"syscall"
)

// isJournal reports whether a file is the stream that systemd connected to the journal
// (systemd.exec(5), JOURNAL_STREAM).
func isJournal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
