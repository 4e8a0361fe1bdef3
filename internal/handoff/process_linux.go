package handoff

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// process is a running successor.
type process interface {
	pid() int
	kill()
	ended() <-chan struct{} // closed when it is gone
	status() string         // how it ended
}

// starter starts a process with its end of the control socket and its standard error.
type starter func(command Command, control, stderr *os.File) (process, error)

// controlDescriptor is the first that exec.Cmd.ExtraFiles become.
const controlDescriptor = 3

// child is a process of this one's.
type child struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

func startProcess(command Command, control, stderr *os.File) (process, error) {
	if _, err := os.Stat(command.Folder); command.Folder != "" && err != nil {
		return nil, fmt.Errorf("its working directory: %w", err)
	}
	cmd := &exec.Cmd{
		Path:       command.Path,
		Args:       command.Args,
		Env:        append(command.Env, controlVariable+"="+strconv.Itoa(controlDescriptor), "PWD="+command.Folder),
		Dir:        command.Folder,
		Stdin:      os.Stdin,
		Stdout:     os.Stdout,
		Stderr:     stderr,
		ExtraFiles: []*os.File{control},
	}
	if managed() {
		return startSibling(cmd)
	}
	return startChild(cmd)
}

func startChild(cmd *exec.Cmd) (process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(c.gone)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) kill() { _ = c.cmd.Process.Kill() }

func (c *child) ended() <-chan struct{} { return c.gone }

func (c *child) status() string {
	state := c.cmd.ProcessState
	if state == nil {
		return "unknown"
	}
	return state.String()
}

func fileDescriptor(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	err = raw.Control(func(n uintptr) { fd = int(n) })
	return fd, err
}
