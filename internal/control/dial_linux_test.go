package control

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gind/gind/internal/listener"
)

func peerSelf() Caller {
	self := Caller{UID: os.Getuid(), PID: os.Getpid()}
	if u, err := user.Current(); err == nil {
		self.User = u.Username
	}
	return self
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
	l, err := listener.ListenUnix(path, DefaultMode)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := os.Chown(path, 0, groupID(t, "daemon")); err != nil {
		t.Fatal(err)
	}

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

func groupID(t *testing.T, name string) int {
	t.Helper()
	group, err := user.LookupGroup(name)
	if err != nil {
		t.Skip(err)
	}
	id, err := strconv.Atoi(group.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
}
