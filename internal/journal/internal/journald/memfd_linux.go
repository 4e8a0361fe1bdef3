package journald

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/sink"
)

// sendFile hands over one record as a sealed file in memory, which journald maps.
func (s *Socket) sendFile(data []byte) (int, error) {
	fd, err := sealed(data)
	if err != nil {
		return 0, fmt.Errorf("%w: %d bytes, %w", sink.ErrRefused, len(data), err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Sendmsg(s.fd, nil, unix.UnixRights(fd), nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL); err != nil {
		return 0, err
	}
	return 1, nil
}

// sealed is data in a memfd that nobody can change any more (memfd_create(2)).
func sealed(data []byte) (fd int, err error) {
	fd, err = unix.MemfdCreate("journal-record", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	for len(data) > 0 && err == nil {
		var n int
		n, err = unix.Write(fd, data)
		data = data[max(n, 0):]
	}
	if err == nil {
		const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
