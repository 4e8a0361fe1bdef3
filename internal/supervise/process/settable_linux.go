package process

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Settable reports why a program can't be given the limit: only the kernel knows, for
// it depends on capabilities and, for files, on fs.nr_open. It is asked by raising the
// hard limit of this process for a moment, which changes nothing that it does.
//
// The system call is made directly, or package syscall would take a limit of files for
// this process's own wish and no longer give its children the one that it was given.
func (l Limit) Settable() error {
	var now unix.Rlimit
	if err := prlimit(l.Resource, nil, &now); err != nil || l.Hard <= now.Max {
		return err
	}
	if err := prlimit(l.Resource, &unix.Rlimit{Cur: now.Cur, Max: l.Hard}, nil); err != nil {
		return fmt.Errorf("the hard limit can't be raised to that: %w", err)
	}
	return prlimit(l.Resource, &now, nil)
}

func prlimit(resource int, set, get *unix.Rlimit) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PRLIMIT64, 0, uintptr(resource),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(get)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("prlimit", errno)
	}
	return nil
}
