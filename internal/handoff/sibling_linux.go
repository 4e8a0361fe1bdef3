package handoff

import (
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// sibling is a process with this one's parent: the service manager. systemd
// waits only for its own children to end when it stops a service, and kills any
// other main process at once (service_set_main_pid and unit_kill_context in its
// source), so that a successor has to be one of them.
type sibling struct {
	id   int
	gone chan struct{}

	mu    sync.Mutex
	pidfd int // -1 when it is gone
}

// managed reports whether a service manager started this process, and so is the
// parent that a successor is to have. The init process of a container can't
// have siblings.
func managed() bool { return os.Getenv("NOTIFY_SOCKET") != "" && os.Getpid() != 1 }

// startSibling starts a process as clone(2) with CLONE_PARENT does.
func startSibling(cmd *exec.Cmd) (process, error) {
	s := &sibling{pidfd: -1, gone: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_PARENT, PidFD: &s.pidfd}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.id = cmd.Process.Pid
	_ = cmd.Process.Release() // it is its parent who waits for it
	go s.watch()
	return s, nil
}

// watch waits for the end of the process: its descriptor is readable then (pidfd_open(2)).
func (s *sibling) watch() {
	defer close(s.gone)
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(s.pidfd), Events: unix.POLLIN}}, -1)
		if err != unix.EINTR {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = unix.Close(s.pidfd)
	s.pidfd = -1
}

func (s *sibling) pid() int { return s.id }

func (s *sibling) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pidfd >= 0 {
		_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0)
	}
}

func (s *sibling) ended() <-chan struct{} { return s.gone }

func (s *sibling) status() string { return "the service manager has its exit status" }
