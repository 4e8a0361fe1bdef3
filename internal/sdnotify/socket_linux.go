package sdnotify

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const supported = true

// maxAddress is the room in sockaddr_un, without the final NUL: unix(7).
const maxAddress = 107

type unixgram struct {
	*net.UnixConn
	raw syscall.RawConn
}

// dial connects to the manager's socket. A connected datagram socket, since
// only that one wakes a sender up when the receiver's full queue has room again.
func dial(address string) (conn, error) {
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return unixgram{c, raw}, nil
}

// send goes around WriteMsgUnix, which refuses connected datagram sockets.
func (c unixgram) send(message string, fd int, deadline time.Time) error {
	if err := c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	var sent error
	err := c.raw.Write(func(socket uintptr) (done bool) {
		sent = unix.EINTR
		for sent == unix.EINTR {
			sent = unix.Sendmsg(int(socket), []byte(message), rights, nil, unix.MSG_NOSIGNAL)
		}
		return sent != unix.EAGAIN
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("sendmsg", sent)
}
