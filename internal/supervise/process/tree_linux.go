package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tree is a program and everything that it started. Where this process may
// make control groups that is a cgroup, which nobody leaves. Elsewhere it is
// found in /proc: since this process adopts all orphans below it, what a
// program started is always somewhere below this process.
type tree struct {
	id     string
	cgroup *cgroup // nil: found in /proc
}

func newTree(name, id string) tree {
	cg, err := newCgroup(name + "-" + id[:8])
	if err != nil {
		return tree{id: id} // not allowed, or not there: usual
	}
	return tree{id: id, cgroup: cg}
}

// fork starts a program inside of the tree. A cgroup that does not take it is
// given up: clone3(2) may be forbidden, or its controllers may not want processes.
func (t *tree) fork(path string, args []string, a *syscall.ProcAttr) (int, error) {
	if t.cgroup == nil {
		return syscall.ForkExec(path, args, a)
	}
	a.Sys.UseCgroupFD, a.Sys.CgroupFD = true, int(t.cgroup.dir.Fd())
	pid, err := syscall.ForkExec(path, args, a)
	if err == nil {
		return pid, nil
	}
	a.Sys.UseCgroupFD = false
	pid, err = syscall.ForkExec(path, args, a)
	if err == nil {
		_ = t.discard() // an empty directory is no reason to fail
	}
	return pid, err
}

// started ends what only the start needed.
func (t *tree) started() {
	if t.cgroup != nil {
		t.cgroup.dir.Close()
	}
}

// discard removes the cgroup of a program that was not started in it.
func (t *tree) discard() error {
	if t.cgroup == nil {
		return nil
	}
	cg := t.cgroup
	t.cgroup = nil
	cg.dir.Close()
	return cg.remove()
}

// kill kills until nothing is left, since processes fork while others are killed.
func (t *tree) kill(p *Process, deadline time.Time) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left, err := t.killOnce(p)
		if err != nil || !left {
			return errors.Join(err, t.remove())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v: still there after they were killed", t.members(p))
		}
		time.Sleep(pause)
	}
}

// killOnce kills what is there, and reports whether anything was.
func (t *tree) killOnce(p *Process) (left bool, err error) {
	if t.cgroup != nil {
		return t.cgroup.kill()
	}
	if !running(p) && !hasOrphans() {
		return false, nil
	}
	all, err := readProcesses()
	if err != nil {
		return false, errors.Join(err, killGroup(p.pid))
	}
	members := all.tree(p)
	for _, member := range members {
		member.kill()
	}
	return len(members) > 0, nil
}

// killGroup is what can be done without /proc.
func killGroup(pid int) error {
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return os.NewSyscallError("kill", err)
	}
	return nil
}

func running(p *Process) bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (t *tree) remove() error {
	if t.cgroup == nil {
		return nil
	}
	return t.cgroup.remove()
}

// memory is that of the cgroup, page cache included, where the memory
// controller is on, else the sum of what the processes hold themselves.
func (t *tree) memory(p *Process) uint64 {
	if t.cgroup != nil {
		if n, ok := t.cgroup.memory(); ok {
			return n
		}
	}
	return resident(t.members(p))
}

// members are the processes that run.
func (t *tree) members(p *Process) (pids []int) {
	if t.cgroup != nil {
		return t.cgroup.members()
	}
	all, err := readProcesses()
	if err != nil {
		return []int{p.pid}
	}
	for _, member := range all.tree(p) {
		pids = append(pids, member.pid)
	}
	return pids
}

// kill kills the process unless its number belongs to another one by now.
func (e entry) kill() {
	fd, err := unix.PidfdOpen(e.pid, 0)
	if err != nil {
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
			_ = unix.Kill(e.pid, unix.SIGKILL) // before Linux 5.3, or not allowed to
		}
		return
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	if now, err := readEntry(e.pid); err == nil && now.start == e.start {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}
