//go:build unix

package listener

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// stale leaves a socket's file behind as a killed process does.
func stale(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	return path
}

func TestStaleUnixSocketIsReplaced(t *testing.T) {
	path := stale(t)
	set := open(t, Spec{Name: "control", Address: "unix:" + path, Mode: 0o660})
	_ = dial(t, set).Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	_ = set.Close()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file stays after Close: %v", err)
	}
}

func TestLiveUnixSocketAndOtherFilesAreNotReplaced(t *testing.T) {
	folder := t.TempDir()
	live := filepath.Join(folder, "live")
	open(t, Spec{Name: "control", Address: "unix:" + live})
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open([]Spec{{Name: "control", Address: "unix:" + live}}, nil)
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error %v", err)
	}
	_, err = Open([]Spec{{Name: "control", Address: "unix:" + file}}, nil)
	if err == nil || !strings.Contains(err.Error(), "exists and is no socket") {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(file); string(b) != "precious" {
		t.Errorf("the file has %q, error %v", b, err)
	}
	if _, err := Open([]Spec{{Name: "control", Address: "unix:" + filepath.Join(folder, "no", "such")}}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestOnlyOneReplacesAStaleSocket(t *testing.T) {
	for range 20 {
		path := stale(t)
		var won atomic.Int32
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				set, err := Open([]Spec{{Name: "control", Address: "unix:" + path}}, nil)
				if err == nil {
					won.Add(1)
					t.Cleanup(func() { _ = set.Close() })
				} else if !errors.Is(err, syscall.EADDRINUSE) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d listen on the same path", won.Load())
		}
	}
}

func TestUnixSocketThatWasHandedOnKeepsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.sock")
	old := open(t, Spec{Name: "http", Address: "unix:" + path})
	files, err := old.Files()
	if err != nil {
		t.Fatal(err)
	}
	set, err := Open([]Spec{{Name: "http", Address: "unix:" + path}}, files)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = set.Close() }()
	old.HandedOn()
	_ = old.Close()
	_ = dial(t, set).Close()
}
