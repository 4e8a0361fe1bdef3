//go:build unix

package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// plan is what the trampoline is told. The environment is not in it, since
// arguments can be read by everybody.
type plan struct {
	Path       string      `json:"path"`
	Args       []string    `json:"args"`
	Dir        string      `json:"dir,omitempty"`
	Parent     int         `json:"parent"`
	Report     int         `json:"report"` // descriptor for a failure; closed by execve
	Listen     bool        `json:"listen,omitempty"`
	Umask      int         `json:"umask"`
	Limits     []Limit     `json:"limits,omitempty"`
	Credential *Credential `json:"credential,omitempty"`
}

// failure is what the trampoline reports.
type failure struct {
	Step  string        `json:"step"`
	Errno syscall.Errno `json:"errno"`
}

func (f failure) Error() string { return f.Step + ": " + f.Errno.Error() }
func (f failure) Unwrap() error { return f.Errno }

// startByTrampoline starts this very program, which becomes the one in c.
func (c *Command) startByTrampoline(t *tree, files []uintptr, env []string) (*Process, error) {
	self, err := executable()
	if err != nil {
		return nil, err
	}
	report, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer report.Close()
	defer w.Close()
	for _, s := range c.Sockets { // SD_LISTEN_FDS_START is 3, after the standard streams
		fd, err := descriptor(s.File)
		if err != nil {
			return nil, fmt.Errorf("socket %q: %w", s.Name, err)
		}
		files = append(files, fd)
	}
	words, err := json.Marshal(plan{
		Path: c.Path, Args: c.Args, Dir: c.Dir, Umask: c.Umask, Limits: c.Limits, Credential: c.Credential,
		Parent: os.Getpid(), Report: len(files), Listen: len(c.Sockets) > 0,
	})
	if err != nil {
		return nil, err
	}
	args := []string{TrampolineName, string(words)}
	p, err := fork(t, self, args, &syscall.ProcAttr{Env: env, Files: append(files, w.Fd()), Sys: sysProcAttr(nil)})
	w.Close() // or the report never ends
	if err != nil {
		return nil, err
	}
	return p, p.arrival(report)
}

// descriptor is that of f. Unlike f.Fd it leaves the socket as it is, since
// another process may be using it.
func descriptor(f *os.File) (fd uintptr, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = raw.Control(func(n uintptr) { fd = n })
	return fd, err
}

// arrival waits until the trampoline has become the program. If it can't, it
// reports and ends.
func (p *Process) arrival(report io.Reader) error {
	words, _ := io.ReadAll(io.LimitReader(report, 64<<10))
	if len(words) == 0 {
		return nil
	}
	<-p.done
	var f failure
	if err := json.Unmarshal(words, &f); err != nil {
		return fmt.Errorf("the trampoline failed: %q", words)
	}
	return f
}

func trampoline() {
	if len(os.Args) != 2 || os.Args[0] != TrampolineName {
		return
	}
	runtime.LockOSThread() // the parent-death signal is a thread's
	var p plan
	if err := json.Unmarshal([]byte(os.Args[1]), &p); err != nil {
		fmt.Fprintln(os.Stderr, TrampolineName+" is not meant to be started by hand")
		os.Exit(2)
	}
	unix.CloseOnExec(p.Report)
	words, err := json.Marshal(p.become())
	if err == nil {
		_, _ = os.NewFile(uintptr(p.Report), "report").Write(words)
	}
	os.Exit(127)
}

// become makes this process the program. It returns only when it can't. The
// user comes after what only root may, and the directory after the user, who
// is the one to work in it.
func (p *plan) become() failure {
	for _, l := range p.Limits {
		if err := unix.Setrlimit(l.Resource, l.rlimit()); err != nil {
			return failed(fmt.Sprintf("limit %d", l.Resource), err)
		}
	}
	if p.Umask >= 0 {
		unix.Umask(p.Umask)
	}
	if f := p.Credential.assume(); f.Errno != 0 {
		return f
	}
	if p.Dir != "" {
		if err := os.Chdir(p.Dir); err != nil {
			return failed("working directory "+p.Dir, err)
		}
	}
	if err := dieWithParent(p.Parent); err != nil {
		return failed("parent-death signal", err)
	}
	env := os.Environ()
	if p.Listen {
		env = append(env, "LISTEN_PID="+strconv.Itoa(os.Getpid()))
	}
	return failed(p.Path, syscall.Exec(p.Path, p.Args, env))
}

// assume makes this process one of the user. Groups first: afterwards there is
// no right to.
func (c *Credential) assume() failure {
	if c == nil {
		return failure{}
	}
	groups := make([]int, len(c.Groups))
	for i, g := range c.Groups {
		groups[i] = int(g)
	}
	if err := syscall.Setgroups(groups); err != nil {
		return failed("setgroups", err)
	}
	if err := syscall.Setgid(int(c.GID)); err != nil {
		return failed(fmt.Sprintf("setgid %d", c.GID), err)
	}
	if err := syscall.Setuid(int(c.UID)); err != nil {
		return failed(fmt.Sprintf("setuid %d", c.UID), err)
	}
	return failure{}
}

func failed(step string, err error) failure {
	f := failure{Step: step, Errno: syscall.EINVAL}
	errors.As(err, &f.Errno)
	return f
}
