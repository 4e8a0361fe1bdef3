package handoff

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// channel is one end of a Unix stream socket that carries frames.
type channel struct{ conn *net.UnixConn }

// socketPair returns a channel and the file of its other end.
func socketPair(name string) (*channel, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("handoff: socketpair: %w", err)
	}
	here, there := os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name)
	ch, err := openChannel(here)
	if err != nil {
		_ = there.Close()
		return nil, nil, err
	}
	return ch, there, nil
}

// openChannel makes a channel of a socket and closes its file.
func openChannel(f *os.File) (*channel, error) {
	defer func() { _ = f.Close() }()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("handoff: %s: %w", f.Name(), err)
	}
	conn, ok := c.(*net.UnixConn)
	if !ok || conn.LocalAddr().Network() != "unix" {
		_ = c.Close()
		return nil, fmt.Errorf("handoff: %s is no Unix stream socket", f.Name())
	}
	return &channel{conn}, nil
}

func (c *channel) close() error { return c.conn.Close() }

// send writes a frame, and waits for at most timeout while there is no room.
func (c *channel) send(frame []byte, fds []int, timeout time.Duration) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	n, _, err := c.conn.WriteMsgUnix(frame, rights(fds), nil)
	if err == nil && n < len(frame) {
		_, err = c.conn.Write(frame[n:])
	}
	return err
}

// sendNow writes a frame without waiting. When there is no room, the error is
// EAGAIN and nothing was written.
func (c *channel) sendNow(frame []byte, fds []int) error {
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return err
	}
	var n int
	var failed error
	err = raw.Control(func(fd uintptr) {
		n, failed = unix.SendmsgN(int(fd), frame, rights(fds), nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	if n < len(frame) {
		return fmt.Errorf("%d of %d bytes: %w", n, len(frame), io.ErrShortWrite)
	}
	return nil
}

func rights(fds []int) []byte {
	if len(fds) == 0 {
		return nil
	}
	return unix.UnixRights(fds...)
}

// message is a received frame. Whoever has it closes its descriptors.
type message struct {
	header
	data []byte
	fds  []int
}

func (m *message) close() {
	for _, fd := range m.fds {
		_ = unix.Close(fd)
	}
	m.fds = nil
}

// receive reads the next frame. The error is io.EOF if there is none. Of a
// frame that can't be read completely the descriptors are closed, and counted
// in what is returned beside the error. Fewer
// descriptors than the header says may have arrived, when this process may not
// open so many.
func (c *channel) receive() (*message, error) {
	m := new(message)
	var head [headerSize]byte
	err := c.fill(m, head[:])
	if err == nil {
		m.header, err = parseHeader(head)
	}
	if err == nil {
		m.data = make([]byte, m.payload)
		err = whole(c.fill(m, m.data))
	}
	if err == nil && len(m.fds) > m.descriptors {
		err = fmt.Errorf("%d descriptors instead of %d", len(m.fds), m.descriptors)
	}
	if err != nil {
		m.descriptors = len(m.fds)
		m.close()
		return m, err
	}
	return m, nil
}

// fill reads b completely, and the descriptors that come with it.
func (c *channel) fill(m *message, b []byte) error {
	control := make([]byte, unix.CmsgSpace(4*maxDescriptors))
	for filled := 0; filled < len(b); {
		n, controls, _, _, err := c.conn.ReadMsgUnix(b[filled:], control)
		m.fds = append(m.fds, parseRights(control[:controls])...)
		filled += max(n, 0)
		switch {
		case filled > 0 && errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
	return nil
}

func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseRights returns the descriptors in control messages.
func parseRights(control []byte) (fds []int) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil // the kernel wrote it: it is none
	}
	for _, m := range messages {
		if got, err := unix.ParseUnixRights(&m); err == nil {
			fds = append(fds, got...)
		}
	}
	return fds
}
