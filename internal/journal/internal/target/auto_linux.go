package target

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// stderrIsJournal is whether standard error is connected to the journal:
// $JOURNAL_STREAM names its device and inode (systemd.exec(5)).
func stderrIsJournal() bool {
	want := os.Getenv("JOURNAL_STREAM")
	if want == "" {
		return false
	}
	var st unix.Stat_t
	if unix.Fstat(2, &st) != nil {
		return false
	}
	return want == fmt.Sprintf("%d:%d", st.Dev, st.Ino)
}
