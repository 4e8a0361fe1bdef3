//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a program in a session of its own. It returns once the
// program's file was executed, or with the step that failed.
//
// A program is executed through the [Trampoline], which costs one more execve,
// only where it needs what fork in Go cannot do: sockets, umask, limits. On
// Linux it is killed when this process dies.
func Start(c Command) (*Process, error) {
	if c.Path == "" || len(c.Args) == 0 {
		return nil, errNoProgram
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()

	id := newID()
	files := []uintptr{null.Fd(), c.Stdout.Fd(), c.Stderr.Fd()} // and makes them blocking
	env := withListen(append(withoutKeys(c.Env, ownKeys), "INVOCATION_ID="+id), c.Sockets)
	tree := newTree(c.Name, id)
	defer tree.started()

	var p *Process
	if c.needsTrampoline() {
		p, err = c.startByTrampoline(&tree, files, env)
	} else {
		p, err = fork(&tree, c.Path, c.Args, &syscall.ProcAttr{Dir: c.Dir, Env: env, Files: files, Sys: sysProcAttr(c.Credential)})
	}
	runtime.KeepAlive(c) // or its files might be closed while the child copies them
	if err != nil {
		return nil, errors.Join(err, tree.discard())
	}
	p.id, p.tree = id, tree
	return p, nil
}

func (c *Command) needsTrampoline() bool {
	return len(c.Sockets) > 0 || c.Umask >= 0 || len(c.Limits) > 0
}

// ownKeys are the variables that are this process's own affair.
var ownKeys = []string{"INVOCATION_ID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID"}

// withoutKeys is env less the variables of those names.
func withoutKeys(env, keys []string) []string {
	kept := make([]string, 0, len(env)+6)
next:
	for _, assignment := range env {
		for _, key := range keys {
			if strings.HasPrefix(assignment, key) && strings.HasPrefix(assignment[len(key):], "=") {
				continue next
			}
		}
		kept = append(kept, assignment)
	}
	return kept
}

// withListen adds what sd_listen_fds(3) reads, LISTEN_PID excepted.
func withListen(env []string, sockets []Socket) []string {
	if len(sockets) == 0 {
		return env
	}
	names := make([]string, len(sockets))
	for i, s := range sockets {
		names[i] = s.Name
	}
	return append(env, "LISTEN_FDS="+strconv.Itoa(len(sockets)), "LISTEN_FDNAMES="+strings.Join(names, ":"))
}

// fork starts path and has the reaper watch it from its first moment on.
func fork(t *tree, path string, args []string, a *syscall.ProcAttr) (*Process, error) {
	p, err := children.adopt(func() (int, error) {
		return t.fork(path, args, a)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func credential(as *Credential) *syscall.Credential {
	if as == nil {
		return nil
	}
	return &syscall.Credential{Uid: as.UID, Gid: as.GID, Groups: as.Groups}
}

func signalName(n int) string {
	if name := unix.SignalName(syscall.Signal(n)); name != "" {
		return name
	}
	return strconv.Itoa(n)
}

// signal is safe against a number that was given to another process: the
// number stays the child's until the reaper, which holds the same lock, collects it.
func (p *Process) signal(sig os.Signal) error {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return fmt.Errorf("signal %v: not one of this system", sig)
	}
	children.mu.Lock()
	defer children.mu.Unlock()
	if children.pids[p.pid] != p {
		return os.ErrProcessDone
	}
	return os.NewSyscallError("kill", syscall.Kill(p.pid, s))
}
