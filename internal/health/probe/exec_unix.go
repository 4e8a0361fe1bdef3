//go:build unix

package probe

import (
	"os/exec"
	"syscall"
)

// killTree gives the command a process group of its own, which is killed as a
// whole when the time is up.
func killTree(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
