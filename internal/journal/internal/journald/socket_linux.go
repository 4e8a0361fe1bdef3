package journald

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
)

// Socket is a datagram socket to systemd-journald, connected and never
// blocking.
type Socket struct {
	addr   string
	native *Native

	fd   int // -1: not connected
	node node

	recs  []record.Packed
	arena []byte
	ends  []int // of each record in arena
	next  int   // of recs
	iovs  [sink.MostAtOnce]unix.Iovec
	msgs  [sink.MostAtOnce]mmsghdr

	nap    time.Duration // how long doze sleeps
	unread unread
	doubt  bool // the socket that took what is unread is gone
}

// node is what tells one socket of the same name from another.
type node struct{ dev, ino uint64 }

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

const (
	// MostInDatagram is the size beyond which a record goes by a file at once. A
	// smaller one does if the kernel says that it is too long.
	MostInDatagram = 192 << 10

	// sendBuffer is what libsystemd asks for; the kernel grants what it may.
	sendBuffer = 8 << 20

	napShortest = 50 * time.Microsecond
	napLongest  = 4 * time.Millisecond
)

// New makes a socket that records go to under an identifier. A journald that is not
// there is looked for later.
func New(addr, identifier string) (*Socket, error) {
	s := &Socket{addr: addr, native: NewNative(identifier), fd: -1, nap: napShortest}
	for i := range s.msgs {
		s.msgs[i].hdr.Iov = &s.iovs[i]
		s.msgs[i].hdr.SetIovlen(1)
	}
	_ = s.Revive() // it may come later; the first record tells
	return s, nil
}

// Prepare implements sink.Sink.
func (s *Socket) Prepare(recs []record.Packed) {
	s.recs, s.next = recs, 0
	s.arena, s.ends = s.arena[:0], s.ends[:0]
	for _, r := range recs {
		s.arena = s.native.Append(s.arena, r)
		s.ends = append(s.ends, len(s.arena))
	}
}

// wire is record i as it is sent.
func (s *Socket) wire(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.arena[from:s.ends[i]]
}

// Send implements sink.Sink.
func (s *Socket) Send() (taken int, err error) {
	if s.fd < 0 {
		return 0, unix.ENOTCONN
	}
	now := time.Now()
	for s.next < len(s.recs) {
		queued, outqErr := s.queued()
		n, filed, err := s.sendSome()
		if n > 0 && outqErr == nil {
			s.unread.confirm(queued, now) // whoever took these was there to read those
		}
		for i := range n {
			wire := len(s.wire(s.next + i))
			if filed {
				wire = 0 // what is in a file does not count as queued
			}
			s.unread.add(s.recs[s.next+i], wire, now)
		}
		s.next += n
		taken += n
		if err != nil {
			return taken, s.verdict(err)
		}
	}
	return taken, nil
}

// verdict is what an error of the socket means to the writer.
func (s *Socket) verdict(err error) error {
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOBUFS), errors.Is(err, unix.ENOMEM):
		return sink.ErrBusy
	case errors.Is(err, sink.ErrRefused):
		return err
	}
	s.disconnect()
	return fmt.Errorf("journal: %s: %w", s.addr, err)
}

// sendSome hands over as many records as one system call can, or one in a file.
func (s *Socket) sendSome() (n int, filed bool, err error) {
	for s.next+n < len(s.recs) && n < sink.MostAtOnce {
		data := s.wire(s.next + n)
		if len(data) > MostInDatagram {
			break
		}
		s.iovs[n].Base = unsafe.SliceData(data)
		s.iovs[n].SetLen(len(data))
		n++
	}
	if n > 0 {
		n, err = sendmmsg(s.fd, s.msgs[:n])
		tooLong := errors.Is(err, unix.EMSGSIZE) || errors.Is(err, unix.ENOBUFS) && len(s.wire(s.next)) > os.Getpagesize()
		if !tooLong {
			return n, false, err
		}
	}
	n, err = s.sendFile(s.wire(s.next)) // it is too long for a datagram
	return n, true, err
}

// sendmmsg sends as many messages as are taken at once. It fails only if the
// first is not.
func sendmmsg(fd int, msgs []mmsghdr) (int, error) {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&msgs[0])),
			uintptr(len(msgs)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
			continue
		}
		return 0, errno
	}
}

// Skip implements sink.Sink.
func (s *Socket) Skip() { s.next++ }

// Doubtful implements sink.Doubter.
func (s *Socket) Doubtful(f func(record.Packed)) {
	if s.doubt {
		s.unread.all(f)
		s.doubt = false
	}
}

// Close implements sink.Sink. What the socket holds stays in the queue of whoever reads.
func (s *Socket) Close(time.Duration) uint64 {
	s.disconnect()
	return 0
}
