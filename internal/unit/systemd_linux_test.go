package unit

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// systemd is the receiving end of $NOTIFY_SOCKET. Descriptors that come with a
// message are closed at once, which lets a barrier fall.
type systemd struct {
	t    *testing.T
	told chan string
}

func newSystemd(t *testing.T) *systemd {
	t.Helper()
	address := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", address)
	s := &systemd{t, make(chan string, 100)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.listen(conn)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
	})
	return s
}

func (s *systemd) listen(conn *net.UnixConn) {
	message, rights := make([]byte, 8192), make([]byte, 1024)
	for {
		n, oobn, _, _, err := conn.ReadMsgUnix(message, rights)
		if err != nil {
			return
		}
		controls, _ := unix.ParseSocketControlMessage(rights[:oobn])
		for i := range controls {
			fds, _ := unix.ParseUnixRights(&controls[i])
			for _, fd := range fds {
				_ = unix.Close(fd)
			}
		}
		s.told <- strings.TrimSuffix(string(message[:n]), "\n")
	}
}

// wasTold fails the test unless these messages came next, and nothing between them.
func (s *systemd) wasTold(want ...string) {
	s.t.Helper()
	for _, want := range want {
		select {
		case got := <-s.told:
			if got != want {
				s.t.Fatalf("systemd was told %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			s.t.Fatalf("systemd was not told %q", want)
		}
	}
}
