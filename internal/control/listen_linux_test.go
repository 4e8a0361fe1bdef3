package control

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func peerSelf() Caller {
	self := Caller{UID: os.Getuid(), PID: os.Getpid()}
	if u, err := user.Current(); err == nil {
		self.User = u.Username
	}
	return self
}

func TestSocketIsNeverWiderThanItsMode(t *testing.T) {
	// The umask of this process allows everything: only listenPrivate narrows.
	before := unix.Umask(0)
	defer unix.Umask(before)

	path := filepath.Join(t.TempDir(), "private.sock")
	l, err := listenPrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if mode := modeOf(t, path); mode != 0o600 {
		t.Errorf("a socket is born with mode %o, want 600", mode)
	}
	if now := unix.Umask(0); now != 0 {
		t.Errorf("the umask of the process became %o", now)
	}
}

func TestSocketHasItsModeWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077} {
		for mode, want := range map[fs.FileMode]fs.FileMode{0: 0o660, 0o600: 0o600} {
			t.Run(fmt.Sprintf("umask %o mode %o", umask, mode), func(t *testing.T) {
				before := unix.Umask(umask)
				defer unix.Umask(before)
				path := filepath.Join(t.TempDir(), "control.sock")
				l, err := Listen(Socket{Path: path, Mode: mode})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = l.Close() }()
				if got := modeOf(t, path); got != want {
					t.Errorf("mode %o, want %o", got, want)
				}
			})
		}
	}
}

func TestSocketGoesToTheGroup(t *testing.T) {
	needRoot(t)
	group, err := user.LookupGroup("daemon")
	if err != nil {
		t.Skip("there is no group daemon")
	}
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := Listen(Socket{Path: path, Group: "daemon"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if got := groupOf(path); got != group.Name {
		t.Errorf("the socket's group is %q, want %q", got, group.Name)
	}
}

func TestDialTellsWhoMayConnect(t *testing.T) {
	needRoot(t)
	dir, err := os.MkdirTemp("/tmp", "control") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "control.sock")
	l, err := Listen(Socket{Path: path, Group: "daemon"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()

	want := "control: " + path + ": permission denied (are you root or in group daemon?)"
	if got := dialAs(t, dir, path, 65534); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// dialAs runs Dial in a process of another user.
func dialAs(t *testing.T, dir, path string, uid uint32) string {
	t.Helper()
	self := filepath.Join(dir, "dial")
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(self, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CONTROL_TEST_DIAL="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
}
