//go:build unix

package sockets

import (
	"os"
	"syscall"
)

// blocking undoes what package net has done: programs that are not written in
// Go expect a socket that blocks, as systemd passes it.
func blocking(f *os.File) error {
	return os.NewSyscallError("setnonblock", syscall.SetNonblock(int(f.Fd()), false))
}
