package supervise

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is how much a program can print before somebody has to read it, in
// bytes: four times the usual, so that both take turns less often.
const pipeSize = 256 << 10

// widen gives a pipe more room, if there is any to have: fcntl(2), F_SETPIPE_SZ.
func widen(pipe *os.File) {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
}
