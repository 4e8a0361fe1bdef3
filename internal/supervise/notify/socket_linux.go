package notify

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Supported tells whether programs can notify here.
const Supported = true

// maxMessage is the longest notification that systemd takes.
const maxMessage = 4096

// Socket takes the notifications of one run of a program: sd_notify(3).
// It has a name in the abstract namespace, so that it needs no directory that
// both can write to and nothing is left behind.
type Socket struct {
	Address string
	conn    *net.UnixConn
}

// Listen opens one and calls told with each message of root, of this
// process's user, and of the program's (uid).
func Listen(uid int, told func(Message)) (*Socket, error) {
	address := "@gind-supervise-" + rand.Text()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("notification socket: %w", err)
	}
	if err := passCredentials(conn); err != nil {
		return nil, errors.Join(fmt.Errorf("notification socket: %w", err), conn.Close())
	}
	s := &Socket{address, conn}
	go s.receive(uid, told)
	return s, nil
}

func passCredentials(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	})
	return errors.Join(err, failed)
}

// receive runs until the socket is closed. There is room for credentials and
// for nothing else: the kernel then keeps descriptors that come along to
// itself and closes them, which is also what BARRIER=1 waits for.
func (s *Socket) receive(uid int, told func(Message)) {
	buf := make([]byte, maxMessage)
	control := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		n, controls, flags, _, err := s.conn.ReadMsgUnix(buf, control)
		if err != nil {
			return
		}
		if flags&unix.MSG_TRUNC != 0 || !trusted(control[:controls], uid) {
			continue
		}
		told(parseMessage(string(buf[:n])))
	}
}

func trusted(control []byte, uid int) bool {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) != 1 {
		return false
	}
	sender, err := unix.ParseUnixCredentials(&messages[0])
	return err == nil && (sender.Uid == 0 || int(sender.Uid) == uid || int(sender.Uid) == os.Geteuid())
}

// Close ends it.
func (s *Socket) Close() {
	if s.conn != nil {
		_ = s.conn.Close() // nothing is lost with it
	}
}
