package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fakeJournald is a datagram socket read as journald reads its own.
type fakeJournald struct {
	t    testing.TB
	path string
	conn *net.UnixConn

	mu      sync.Mutex
	records []fields
	files   int // records that came as a file
	gate    sync.Mutex
	stopped bool
}

func newFakeJournald(t testing.TB) *fakeJournald {
	t.Helper()
	dir, err := os.MkdirTemp("", "j") // t.TempDir is too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeJournald{t: t, path: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		f.cont()
		f.shut()
		_ = os.RemoveAll(dir)
	})
	f.listen()
	return f
}

// listen opens the socket, as systemd does when journald's is started.
func (f *fakeJournald) listen() {
	f.t.Helper()
	_ = os.Remove(f.path)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: f.path, Net: "unixgram"})
	if err != nil {
		f.t.Fatal(err)
	}
	f.conn = conn
	go f.read(conn)
}

func (f *fakeJournald) read(conn *net.UnixConn) {
	buf, oob := make([]byte, 1<<20), make([]byte, 1<<10)
	for {
		f.gate.Lock()
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		n, oobn, _, _, err := conn.ReadMsgUnix(buf, oob)
		f.gate.Unlock()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return
		}
		data, filed := buf[:n], false
		if oobn > 0 {
			data, filed = f.mapped(oob[:oobn]), true
		}
		record, err := decodeNative(data)
		if err != nil {
			f.t.Errorf("journald would not read this: %v", err)
		}
		f.mu.Lock()
		f.records = append(f.records, record)
		if filed {
			f.files++
		}
		f.mu.Unlock()
	}
}

// mapped reads the file that a message carries, which has to be sealed.
func (f *fakeJournald) mapped(oob []byte) []byte {
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		f.t.Error(err)
		return nil
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		f.t.Errorf("%d files: %v", len(fds), err)
		return nil
	}
	file := os.NewFile(uintptr(fds[0]), "memfd")
	defer func() { _ = file.Close() }()
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if want := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL; err != nil || seals != want {
		f.t.Errorf("seals %x, %v; want %x", seals, err, want)
	}
	info, err := file.Stat()
	if err != nil {
		f.t.Error(err)
		return nil
	}
	data := make([]byte, info.Size())
	if _, err := file.ReadAt(data, 0); err != nil {
		f.t.Error(err)
	}
	return data
}

// stop is SIGSTOP: the socket is there and nobody reads it.
func (f *fakeJournald) stop() {
	if !f.stopped {
		f.gate.Lock()
		f.stopped = true
	}
}

// cont is SIGCONT.
func (f *fakeJournald) cont() {
	if f.stopped {
		f.stopped = false
		f.gate.Unlock()
	}
}

// shut closes the socket; its name stays. What is unread is gone.
func (f *fakeJournald) shut() { _ = f.conn.Close() }

// all is what was read so far.
func (f *fakeJournald) all() []fields {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]fields(nil), f.records...)
}

// where is the records whose field has the value.
func (f *fakeJournald) where(field, value string) []fields {
	var found []fields
	for _, r := range f.all() {
		if r.get(field) == value {
			found = append(found, r)
		}
	}
	return found
}

// await waits until there are n records with the value in the field.
func (f *fakeJournald) await(n int, field, value string) []fields {
	f.t.Helper()
	var found []fields
	eventually(f.t, func() error {
		if found = f.where(field, value); len(found) < n {
			return fmt.Errorf("%d records with %s=%s, want %d", len(found), field, value, n)
		}
		return nil
	})
	return found
}

// toFake are the options for a journal that writes to f.
func toFake(f *fakeJournald) Options {
	return Options{Target: Journald, Socket: f.path, Identifier: "test", Level: slog.LevelDebug, Rate: Unlimited}
}

// silence has another process's part played by something that reads the socket
// and allocates nothing. It returns what ends it.
func silence(t testing.TB, f *fakeJournald) (end func()) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(f.path)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: f.path}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64<<10)
		for {
			n, _, errno := unix.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
			if errno != 0 || n == 0 {
				return
			}
		}
	}()
	return func() {
		_ = unix.Shutdown(fd, unix.SHUT_RDWR)
		<-done
		_ = unix.Close(fd)
	}
}
