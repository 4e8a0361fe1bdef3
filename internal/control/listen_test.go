package control

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	dead, err := Listen(Socket{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(path); !errors.Is(err, ErrNotRunning) || !strings.Contains(err.Error(), "nobody listens") {
		t.Errorf("Dial of a stale socket: %v", err)
	}
	l, err := Listen(Socket{Path: path})
	if err != nil {
		t.Fatalf("Listen over a stale socket: %v", err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there after Close: %v", err)
	}
}

func TestSocketInUseIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := Listen(Socket{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if _, err := Listen(Socket{Path: path}); err == nil || !strings.Contains(err.Error(), "answers on it") {
		t.Fatalf("a second Listen: %v", err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatalf("the first listener is unreachable: %v", err)
	}
	_ = c.Close()
}

func TestListenRefusesWhatIsNoSocket(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, text string }{
		{"a file", file, "not a socket"},
		{"a directory", dir, "not a socket"},
		{"no directory", filepath.Join(dir, "none", "control.sock"), "none"},
		{"a long path", filepath.Join(dir, strings.Repeat("x", 200)), "a socket's may have"},
	}
	for _, tt := range tests {
		if l, err := Listen(Socket{Path: tt.path}); err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, %v; want %q", tt.name, l, err, tt.text)
		}
	}
	if got, err := os.ReadFile(file); string(got) != "precious" {
		t.Errorf("the file is now %q, %v", got, err)
	}
}

func TestDialSaysWhyNot(t *testing.T) {
	dir := t.TempDir()
	_, err := Dial(filepath.Join(dir, "none.sock"))
	if !errors.Is(err, ErrNotRunning) || !strings.Contains(err.Error(), "no such socket: is the service running?") {
		t.Errorf("no socket: %v", err)
	}
	if _, err := Dial(filepath.Join(dir, strings.Repeat("x", 200))); err == nil || !strings.Contains(err.Error(), "a socket's may have") {
		t.Errorf("a long path: %v", err)
	}
}

func TestUnknownGroupLeavesTheSocketNarrow(t *testing.T) {
	l, err := Listen(Socket{Path: filepath.Join(t.TempDir(), "control.sock"), Group: "no-such-group"})
	if err != nil {
		t.Fatal(err)
	}
	if l.Addr().(*net.UnixAddr).Name == "" {
		t.Error("the listener has no name")
	}
	_ = l.Close()
}
