package target

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/journaltest"
)

func TestAutoIsWhereTheOperatorLooks(t *testing.T) {
	var st unix.Stat_t
	if err := unix.Fstat(2, &st); err != nil {
		t.Fatal(err)
	}
	stream := fmt.Sprintf("%d:%d", st.Dev, st.Ino)
	f := journaltest.NewJournald(t)
	pid := strconv.Itoa(os.Getpid())
	if isTerminal(os.Stderr) {
		t.Skip("standard error is a terminal here")
	}
	for name, c := range map[string]struct {
		env    map[string]string
		socket string
		want   Target
	}{
		"connected to the journal":        {map[string]string{"JOURNAL_STREAM": stream}, "/none", Journald},
		"another stream":                  {map[string]string{"JOURNAL_STREAM": "1:2"}, f.Path, JSON},
		"started by systemd":              {map[string]string{"INVOCATION_ID": "x", "SYSTEMD_EXEC_PID": pid}, f.Path, Journald},
		"started by systemd, no journald": {map[string]string{"INVOCATION_ID": "x", "SYSTEMD_EXEC_PID": pid}, "/none", JSON},
		"an old systemd":                  {map[string]string{"INVOCATION_ID": "x"}, f.Path, Journald},
		"under something systemd started": {map[string]string{"INVOCATION_ID": "x", "SYSTEMD_EXEC_PID": "1"}, f.Path, JSON},
		"successor of a service":          {map[string]string{"INVOCATION_ID": "x", "SYSTEMD_EXEC_PID": "1", "NOTIFY_SOCKET": "/n"}, f.Path, Journald},
		"a container":                     {nil, "/none", JSON},
		"no systemd, though a socket":     {nil, f.Path, JSON},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"JOURNAL_STREAM", "INVOCATION_ID", "SYSTEMD_EXEC_PID", "NOTIFY_SOCKET"} {
				t.Setenv(key, c.env[key])
			}
			if got := Auto.Resolve(c.socket); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
