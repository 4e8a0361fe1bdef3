package sockets

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// busy is a Unix socket of another process that listens and whose queue is full.
func busy(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "s")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = waiting.Close() })
	return path
}

func TestALiveUnixSocketOfSomebodyElseStays(t *testing.T) {
	path := busy(t)
	s := New(nil)
	if _, err := s.Change(map[string]Wanted{"http": {Address: "unix:" + path, Mode: 0o600}}); err == nil {
		t.Error("the address of a process that listens was taken")
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the socket of a process that is busy is gone: %v", err)
	}
}

func TestAStaleUnixSocketMakesRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for range 2 {
		s := New(nil)
		open, err := s.Change(map[string]Wanted{"http": {Address: "unix:" + path, Mode: 0o600}})
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		s.Keep(open)
		s.Keep(nil) // the file stays, as after a crash
	}
}
