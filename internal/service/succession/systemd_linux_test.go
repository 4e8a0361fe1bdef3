package succession

import (
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// systemd is the receiving end of $NOTIFY_SOCKET. It keeps no descriptor, as with
// FileDescriptorStoreMax=0, unless it is told to.
type systemd struct {
	t     *testing.T
	told  chan string
	slow  time.Duration // at a barrier
	keeps atomic.Bool
	mu    sync.Mutex
	kept  []int
}

func newSystemd(t *testing.T) *systemd { return newSlowSystemd(t, 0) }

// newSlowSystemd reads on so long after a barrier, and lets it fall then.
func newSlowSystemd(t *testing.T, slow time.Duration) *systemd {
	t.Helper()
	address := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", address)
	s := &systemd{t: t, told: make(chan string, 100), slow: slow}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.listen(conn)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
		s.closeKept()
	})
	return s
}

// closeKept is what systemd does with what it does not keep, at its leisure.
func (s *systemd) closeKept() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fd := range s.kept {
		_ = unix.Close(fd)
	}
	s.kept = nil
}

func (s *systemd) listen(conn *net.UnixConn) {
	message, rights := make([]byte, 8192), make([]byte, 1024)
	for {
		n, oobn, _, _, err := conn.ReadMsgUnix(message, rights)
		if err != nil {
			return
		}
		if strings.HasPrefix(string(message[:n]), "BARRIER=1") {
			time.Sleep(s.slow)
		}
		controls, _ := unix.ParseSocketControlMessage(rights[:oobn])
		for i := range controls {
			fds, _ := unix.ParseUnixRights(&controls[i])
			for _, fd := range fds {
				if s.keeps.Load() && strings.HasPrefix(string(message[:n]), "FDSTORE=1") {
					s.mu.Lock()
					s.kept = append(s.kept, fd)
					s.mu.Unlock()
					continue
				}
				_ = unix.Close(fd)
			}
		}
		s.told <- string(message[:n])
	}
}

var about = regexp.MustCompile(`(FDSTORE|FDSTOREREMOVE)=1\n(?:.*\n)*FDNAME=(.*)\n`)

// store fails the test unless this is what was said of the store, in this order.
func (s *systemd) store(want ...string) {
	s.t.Helper()
	var got []string
	for len(got) < len(want) {
		select {
		case message := <-s.told:
			if found := about.FindStringSubmatch(message); found != nil {
				got = append(got, found[1]+" "+found[2])
			}
		case <-time.After(10 * time.Second):
			s.t.Fatalf("of the store was said %q, want %q", got, want)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		s.t.Errorf("of the store was said %q, want %q", got, want)
	}
}
