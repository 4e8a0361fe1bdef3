package journald

import (
	"time"

	"golang.org/x/sys/unix"
)

// Wait waits for a queue that has room, and first for one that has much: a record
// for each one that journald reads would cost both of them a wakeup a record.
func (s *Socket) Wait(d time.Duration) bool {
	if s.fd < 0 {
		return false
	}
	if d > 0 {
		d -= s.doze(d)
	}
	fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, max(int(d.Milliseconds()), 0))
	return err == nil && n > 0 && fds[0].Revents&unix.POLLOUT != 0
}

// doze sleeps for as long as journald takes to read half of its queue, as far as
// the last time tells, and for d at most. It returns how long that was.
func (s *Socket) doze(d time.Duration) time.Duration {
	began := time.Now()
	full, err := s.queued()
	if err != nil || full == 0 {
		return 0 // it is full of what others have sent
	}
	time.Sleep(min(s.nap, d))
	left, err := s.queued()
	switch {
	case err != nil:
	case left > full/2:
		s.nap = min(2*s.nap, napLongest)
	case left < full/4:
		s.nap = max(s.nap/2, napShortest)
	}
	return time.Since(began)
}

// queued is how many bytes the reader has not read yet.
func (s *Socket) queued() (int, error) {
	return unix.IoctlGetInt(s.fd, unix.SIOCOUTQ)
}
