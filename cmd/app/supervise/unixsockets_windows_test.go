package supervise

import (
	"errors"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// needUnixSockets ends the test where there are none: Wine has not what Windows
// has had since 2018.
func needUnixSockets(t *testing.T) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if errors.Is(err, windows.WSAEAFNOSUPPORT) {
		t.Skip("wine has no Unix sockets, and so no control socket:", err)
	}
	if err == nil {
		l.Close()
	}
}
