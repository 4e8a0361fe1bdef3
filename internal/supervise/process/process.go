// Package process starts programs and ends them, with everything that they
// started.
//
// It adds to package os what a supervisor needs: one reaper that collects every
// child of this process, orphans included, and never takes a child that
// os/exec waits for; listening sockets handed over as sd_listen_fds(3)
// describes, with the LISTEN_PID that only the child itself can know; and a
// kill that no descendant escapes.
//
// A program whose main first calls [Trampoline] may use [Start].
package process

import (
	"errors"
	"os"
	"time"
)

// Command says what to start, and as whom. It is not changed by Start.
type Command struct {
	// Name of the program, for the names of things made for it.
	Name string

	// Path of the program's file, see [Find].
	Path string

	// Args are all arguments, the program's own name first.
	Args []string

	// Env is the whole environment, as "KEY=value". INVOCATION_ID, LISTEN_FDS,
	// LISTEN_FDNAMES and LISTEN_PID are set by Start.
	Env []string

	// Dir is the working directory. Empty: that of this process.
	Dir string

	// Credential is who the program runs as. Nil: as this process does.
	Credential *Credential

	// Umask, see umask(2). Negative: that of this process.
	Umask int

	// Limits, see setrlimit(2).
	Limits []Limit

	// Sockets are handed over as descriptors 3, 4, …, not on Windows.
	Sockets []Socket

	// Stdout and Stderr are duplicated; the caller closes its own. Standard
	// input is empty.
	Stdout, Stderr *os.File
}

// Credential is a user and the groups it is in.
type Credential struct {
	UID    uint32   `json:"uid"`
	GID    uint32   `json:"gid"`
	Groups []uint32 `json:"groups"`
}

// Limit is one resource limit. Resource is a number of the platform, see [Resource].
type Limit struct {
	Resource int    `json:"resource"`
	Soft     uint64 `json:"soft"`
	Hard     uint64 `json:"hard"`
}

// Socket is a listening socket with its name in LISTEN_FDNAMES.
type Socket struct {
	Name string
	File *os.File
}

// killTimeout bounds how long [Process.KillAll] waits for what it has killed.
// Only a process that hangs inside the kernel takes longer than milliseconds.
const killTimeout = 10 * time.Second

// Process is a started program. Its methods may be called concurrently.
type Process struct {
	pid  int
	id   string
	done chan struct{}
	exit Exit // set before done is closed
	tree tree
}

// PID is the process's number. It is not given to another process before Done.
func (p *Process) PID() int { return p.pid }

// ID is the random INVOCATION_ID that the program and what it starts have in
// their environment: systemd.exec(5).
func (p *Process) ID() string { return p.id }

// Done is closed when the program has ended; what it started may still run.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit is how the program ended. It is valid once Done is closed.
func (p *Process) Exit() Exit {
	select {
	case <-p.done:
		return p.exit
	default:
		return Exit{}
	}
}

// Signal sends a signal to the program itself. It returns [os.ErrProcessDone]
// when the program has ended.
func (p *Process) Signal(sig os.Signal) error { return p.signal(sig) }

// KillAll kills the program and everything that it started, double-forked
// daemons included, and returns when nothing of it is left. It is meant to be
// called after Done too, for what the program left behind.
//
// On macOS and FreeBSD it reaches the program's process group only. An error
// names the processes that were still there after ten seconds.
func (p *Process) KillAll() error { return p.tree.kill(p, time.Now().Add(killTimeout)) }

// Memory is what the program and everything that it started hold in memory, in
// bytes; 0 where it is not known.
func (p *Process) Memory() uint64 { return p.tree.memory(p) }

// Members are the numbers of the processes that run: the program and
// everything that it started. On macOS and FreeBSD it is the program alone.
func (p *Process) Members() []int { return p.tree.members(p) }

// finish records how the program ended.
func (p *Process) finish(exit Exit) {
	p.exit = exit
	close(p.done)
}

var errNoProgram = errors.New("no program given")
