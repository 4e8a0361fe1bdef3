package handoff

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// modestLimit is the limit of open files of a process in a test.
const modestLimit = 400

// modestRole is a process without privileges that puts more descriptors into a
// box than it may have open.
func modestRole() error {
	runtime.LockOSThread() // capabilities are a thread's
	limit := unix.Rlimit{Cur: modestLimit, Max: modestLimit}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return err
	}
	var store fdStore
	box, err := NewBox(store.store)
	if err != nil {
		return err
	}
	if box.room() != modestLimit {
		return fmt.Errorf("room for %d", box.room())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	fds := make([]int, maxDescriptors)
	for i := range fds {
		fds[i] = int(f.Fd())
	}
	sent := 0
	for err == nil && sent < 10*modestLimit {
		if err = box.send(frame(kindConns, len(fds), nil), fds); err == nil {
			sent += len(fds)
		}
	}
	if sent < box.room() || !errors.Is(err, unix.ETOOMANYREFS) {
		return fmt.Errorf("%d descriptors were sent, then %w", sent, err)
	}
	return nil
}

// TestBoxHasRoomForAsManyAsTheKernelLetsTravel: what is in flight counts
// against RLIMIT_NOFILE, and beyond that sending fails.
func TestBoxHasRoomForAsManyAsTheKernelLetsTravel(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), quickExit, roleVariable+"=modest")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
