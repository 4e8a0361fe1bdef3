//go:build unix

package sockets

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// blocking undoes what package net has done: programs that are not written in
// Go expect a socket that blocks, as systemd passes it.
func blocking(f *os.File) error {
	return os.NewSyscallError("setnonblock", syscall.SetNonblock(int(f.Fd()), false))
}

// duplicate has a descriptor of its own for the same socket. Unlike f.Fd it leaves the
// socket as it is, since another process may be using it.
func duplicate(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	err2 := raw.Control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(err, err2)
}
