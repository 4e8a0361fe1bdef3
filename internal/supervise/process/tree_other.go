//go:build unix && !linux

package process

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// tree is the process group of a program, which its daemons may leave.
type tree struct{}

func newTree(name, id string) tree { return tree{} }

func (t *tree) started()       {}
func (t *tree) discard() error { return nil }

func (t *tree) fork(path string, args []string, a *syscall.ProcAttr) (int, error) {
	return syscall.ForkExec(path, args, a)
}

func (t *tree) kill(p *Process, deadline time.Time) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := syscall.Kill(-p.pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
			return nil // EPERM is what macOS says of a group of zombies
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process group %d: still there after it was killed", p.pid)
		}
		time.Sleep(pause)
	}
}

func (t *tree) memory(*Process) uint64 { return 0 }

func (t *tree) members(p *Process) []int { return []int{p.pid} }
