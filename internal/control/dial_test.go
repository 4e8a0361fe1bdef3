package control

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/listener"
)

func TestDialOfWhatADeadProcessLeftSaysThatNobodyListens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	dead, err := listener.ListenUnix(path, DefaultMode)
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
