package journald

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Revive makes sure that there is a socket to the journald of now. One that is
// connected to a journald which does not answer is kept, with what it holds, as
// long as its name leads to it.
func (s *Socket) Revive() error {
	now, err := nodeOf(s.addr)
	if err != nil {
		s.disconnect()
		return err
	}
	if s.fd >= 0 && now == s.node {
		return nil
	}
	s.disconnect()
	fd, err := dial(s.addr)
	if err != nil {
		return err
	}
	s.fd, s.node = fd, now
	return nil
}

// Confirm asks the kernel what journald has read, and makes sure that it was
// still there to read it: a dead reader's queue is empty as well.
func (s *Socket) Confirm() (open bool, err error) {
	if s.unread.empty() || s.fd < 0 {
		return false, nil
	}
	queued, err := s.queued()
	if err != nil {
		return true, nil //nolint:nilerr // it is asked again
	}
	there, gone := s.there()
	if gone != nil {
		s.disconnect()
		return false, gone
	}
	if there {
		s.unread.confirm(queued, time.Now())
	}
	return !s.unread.empty(), nil
}

// there is whether somebody reads from the socket. If nobody ever will, since its
// name leads to another one or to none, gone says so.
func (s *Socket) there() (there bool, gone error) {
	fd, err := dial(s.addr)
	switch {
	case errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ENOENT):
		return false, err
	case err != nil:
		return false, nil //nolint:nilerr // such as no descriptor left: it says nothing about journald
	}
	_ = unix.Close(fd)
	now, err := nodeOf(s.addr)
	if err != nil || now != s.node {
		return false, fmt.Errorf("journal: %s: replaced by another socket", s.addr)
	}
	return true, nil
}

// disconnect lets go of the socket. What it took is in doubt from now on.
func (s *Socket) disconnect() {
	if s.fd < 0 {
		return
	}
	_ = unix.Close(s.fd) // what it holds stays in the queue of whoever reads
	s.fd = -1
	s.doubt = !s.unread.empty()
}

func nodeOf(path string) (node, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return node{}, fmt.Errorf("journal: %w", &os.PathError{Op: "stat", Path: path, Err: err})
	}
	return node{st.Dev, st.Ino}, nil
}

// dial connects a datagram socket that does not block.
func dial(path string) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("journal: socket: %w", err)
	}
	// More is not always permitted, and what there is does.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("journal: connect %s: %w", path, err)
	}
	return fd, nil
}
