package listener

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is a user with no rights of root's.
const nobody = 65534

// asNobody runs f with the rights of another user to files and sockets.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := unix.SetfsgidRetGid(nobody); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.SetfsuidRetUid(nobody); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_, _ = unix.SetfsuidRetUid(0)
		_, _ = unix.SetfsgidRetGid(0)
	}()
	f()
}

// TestAStaleSocketOfRootIsReplaced where the folder is the service's own, as the one is
// that a program run by hand as root leaves behind. One that root's process listens on
// stays, and what can't be replaced says what to do.
func TestAStaleSocketOfRootIsReplaced(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	folder := t.TempDir()
	for dir := folder; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "control.sock")
	leave := func(close bool) *net.UnixListener {
		t.Helper()
		_ = os.Remove(path)
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if l.SetUnlinkOnClose(false); close {
			_ = l.Close()
		}
		return l
	}
	listen := func() (err error) {
		asNobody(t, func() {
			var l socket
			if l, err = listenUnix(path, 0o600); err == nil {
				_ = l.Close()
			}
		})
		return err
	}

	leave(true)
	if err := listen(); err == nil || !strings.Contains(err.Error(), "belongs to root") || !strings.Contains(err.Error(), "as root: rm "+path) {
		t.Errorf("in a folder of root's: %v", err)
	}
	if err := os.Chown(folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	if err := listen(); err != nil {
		t.Errorf("in a folder of its own: %v", err)
	}
	alive := leave(false)
	if err := listen(); err == nil || !strings.Contains(err.Error(), "belongs to root, and somebody may listen on it") {
		t.Errorf("while somebody listens: %v", err)
	}
	if _, err := net.Dial("unix", path); err != nil {
		t.Error("the socket that root listens on is gone: ", err)
	}
	_ = alive.Close()
	if err := listen(); err != nil {
		t.Errorf("when root's process has ended: %v", err)
	}
}
