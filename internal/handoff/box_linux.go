package handoff

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Box holds parked connections between two processes: a Unix socket whose
// queue they are in. Its receiving end is in the service manager's file
// descriptor store; so is that of any further socket that is opened when the
// queue of one is full.
type Box struct {
	store func(name string, f *os.File) error
	limit int

	mu      sync.Mutex
	sockets []*channel
}

// boxBuffer is the wanted size of a socket's queue. Without privileges it is
// limited by net.core.wmem_max, whose usual 208 KiB make room for some 40,000
// connections.
const boxBuffer = 4 << 20

// NewBox makes an empty box and gives it to store under [BoxName]. store has to
// return when the service manager has processed it (sdnotify: StoreFD, then
// Barrier). It is an error if the manager did not keep it, because the unit has
// FileDescriptorStoreMax=0 (the default) or the store is full. That may also turn out
// later, see [Box.Kept].
func NewBox(store func(name string, f *os.File) error) (*Box, error) {
	b := &Box{store: store, limit: inFlightLimit()}
	if err := b.grow(0); err != nil {
		return nil, err
	}
	return b, nil
}

// ErrNotKept is why there is no box: what was stored has been closed.
var ErrNotKept = errors.New("the service manager did not keep it (is FileDescriptorStoreMax= set, and large enough?)")

// Kept is an error if the manager has not kept the box, as far as is known by now: from
// systemd 254 on it closes some time after the barrier what it does not keep.
func (b *Box) Kept() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.sockets) == 0 || b.sockets[0].hungUp(0) {
		return ErrNotKept
	}
	return nil
}

// lateClose is how long the manager may take to close what it does not keep.
const lateClose = 50 * time.Millisecond

// Extend the box by one more socket. Where there was room for that, what had been stored
// before has been kept, too.
func (b *Box) Extend() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.grow(lateClose)
}

// Close closes the sending ends. The connections stay in the store.
func (b *Box) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var failed error
	for _, s := range b.sockets {
		failed = errors.Join(failed, s.close())
	}
	b.sockets = nil
	return failed
}

func (b *Box) room() int { return b.limit }

// send puts connections into the box.
func (b *Box) send(frame []byte, fds []int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.sockets) == 0 {
		return os.ErrClosed
	}
	err := b.sockets[len(b.sockets)-1].sendNow(frame, fds)
	if !errors.Is(err, unix.EAGAIN) {
		return err
	}
	if err := b.grow(lateClose); err != nil {
		return err
	}
	return b.sockets[len(b.sockets)-1].sendNow(frame, fds)
}

// grow stores one more socket, and waits a while to see whether it is closed.
func (b *Box) grow(wait time.Duration) error {
	here, there, err := socketPair(BoxName)
	if err != nil {
		return err
	}
	here.enlarge(boxBuffer)
	err = b.store(BoxName, there)
	_ = there.Close()
	if err == nil && here.hungUp(wait) {
		err = ErrNotKept
	}
	if err != nil {
		_ = here.close()
		return fmt.Errorf("handoff: store a box: %w", err)
	}
	b.sockets = append(b.sockets, here)
	return nil
}

// enlarge asks for a sending queue of so many bytes, and takes what it gets.
func (c *channel) enlarge(size int) {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, size) != nil {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF, size)
		}
	})
}

// hungUp reports whether nobody has the other end, now or within a time.
func (c *channel) hungUp(within time.Duration) bool {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return true
	}
	poll := make([]unix.PollFd, 1)
	_ = raw.Control(func(fd uintptr) {
		poll[0].Fd = int32(fd)
		for {
			if _, err := unix.Poll(poll, int(within.Milliseconds())); !errors.Is(err, unix.EINTR) {
				return
			}
		}
	})
	return poll[0].Revents&unix.POLLHUP != 0
}

// inFlightLimit is how many descriptors may be on their way in Unix sockets:
// as many as the process may open (unix(7), ETOOMANYREFS), which the kernel
// checks before each message.
func inFlightLimit() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return maxDescriptors
	}
	return int(min(limit.Cur, 1<<24))
}
