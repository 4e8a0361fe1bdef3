package process

import (
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// executable is this program's own file, also after it was replaced or removed.
func executable() (string, error) { return "/proc/self/exe", nil }

// keepToOurselves closes every descriptor at execve but those that are passed
// on purpose. Go opens its own that way; what this process inherited may not be.
func keepToOurselves() {
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) // before Linux 5.11 it can't be had
}

// dieWithParent has the kernel kill this process when parent, its parent, dies:
// PR_SET_PDEATHSIG(2const). A change of user undoes it.
func dieWithParent(parent int) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	if os.Getppid() != parent {
		os.Exit(1) // it died before it could be noticed
	}
	return nil
}

func sysProcAttr(as *Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Credential: credential(as)}
}
