package journaltest

import (
	"errors"
	"fmt"
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

// Journald is a datagram socket read as journald reads its own.
type Journald struct {
	t    testing.TB
	Path string
	conn *net.UnixConn

	mu      sync.Mutex
	records []Fields
	files   int // records that came as a file
	gate    sync.Mutex
	stopped bool
}

// NewJournald is one that reads until the test ends.
func NewJournald(t testing.TB) *Journald {
	t.Helper()
	dir, err := os.MkdirTemp("", "j") // t.TempDir is too long for a socket's name
	if err != nil {
		t.Fatal(err)
	}
	f := &Journald{t: t, Path: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		f.Cont()
		f.Shut()
		_ = os.RemoveAll(dir)
	})
	f.Listen()
	return f
}

// Listen opens the socket, as systemd does when journald's is started.
func (f *Journald) Listen() {
	f.t.Helper()
	_ = os.Remove(f.Path)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: f.Path, Net: "unixgram"})
	if err != nil {
		f.t.Fatal(err)
	}
	f.conn = conn
	go f.read(conn)
}

func (f *Journald) read(conn *net.UnixConn) {
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
		record, err := DecodeNative(data)
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
func (f *Journald) mapped(oob []byte) []byte {
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

// Stop is SIGSTOP: the socket is there and nobody reads it.
func (f *Journald) Stop() {
	if !f.stopped {
		f.gate.Lock()
		f.stopped = true
	}
}

// Cont is SIGCONT.
func (f *Journald) Cont() {
	if f.stopped {
		f.stopped = false
		f.gate.Unlock()
	}
}

// Shut closes the socket; its name stays. What is unread is gone.
func (f *Journald) Shut() { _ = f.conn.Close() }

// All is what was read so far.
func (f *Journald) All() []Fields {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fields(nil), f.records...)
}

// Filed is how many records came as a file.
func (f *Journald) Filed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files
}

// Where is the records whose field has the value.
func (f *Journald) Where(field, value string) []Fields {
	var found []Fields
	for _, r := range f.All() {
		if r.Get(field) == value {
			found = append(found, r)
		}
	}
	return found
}

// Await waits until there are n records with the value in the field.
func (f *Journald) Await(n int, field, value string) []Fields {
	f.t.Helper()
	var found []Fields
	Eventually(f.t, func() error {
		if found = f.Where(field, value); len(found) < n {
			return fmt.Errorf("%d records with %s=%s, want %d", len(found), field, value, n)
		}
		return nil
	})
	return found
}

// Silence has another process's part played by something that reads the socket
// and allocates nothing. It returns what ends it.
func Silence(t testing.TB, f *Journald) (end func()) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(f.Path)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: f.Path}); err != nil {
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
