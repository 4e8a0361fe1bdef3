//go:build unix && !linux

package process

import (
	"os"
	"syscall"
)

func executable() (string, error) { return os.Executable() }

// keepToOurselves does nothing: it is Linux's.
func keepToOurselves() {}

// dieWithParent does nothing: it is Linux's.
func dieWithParent(int) error { return nil }

func sysProcAttr(as *Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Credential: credential(as)}
}
