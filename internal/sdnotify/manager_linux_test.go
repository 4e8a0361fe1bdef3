package sdnotify

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// manager is the receiving end of $NOTIFY_SOCKET, as PID 1 has it.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

// newManager listens, points $NOTIFY_SOCKET there and returns a Notifier.
func newManager(t *testing.T) (*manager, *Notifier) {
	t.Helper()
	return newManagerAt(t, filepath.Join(t.TempDir(), "notify"))
}

func newManagerAt(t *testing.T, address string) (*manager, *Notifier) {
	t.Helper()
	m := &manager{t: t, conn: listen(t, address)}
	t.Setenv("NOTIFY_SOCKET", address)
	n, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return m, n
}

func listen(t *testing.T, address string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// receive returns the next message and the descriptors that came with it.
func (m *manager) receive() (string, []int) {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	message, rights := make([]byte, 8192), make([]byte, unix.CmsgSpace(16*4))
	n, oobn, _, _, err := m.conn.ReadMsgUnix(message, rights)
	if err != nil {
		m.t.Fatalf("no notification: %v", err)
	}
	return string(message[:n]), descriptors(m.t, rights[:oobn])
}

func descriptors(t *testing.T, rights []byte) []int {
	t.Helper()
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fds...)
	}
	return all
}

// quiet fails the test if anything was sent.
func (m *manager) quiet(d time.Duration) {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		m.t.Fatal(err)
	}
	message := make([]byte, 8192)
	n, err := m.conn.Read(message)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		m.t.Errorf("unexpected notification %q, %v", message[:n], err)
	}
}

// assignments splits a message into a map.
func assignments(message string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(message) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		all[key] = value
	}
	return all
}
