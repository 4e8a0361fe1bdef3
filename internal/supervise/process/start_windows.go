package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

var (
	errSockets    = errors.New("listening sockets cannot be handed over on Windows")
	errCredential = errors.New("the user of a program cannot be chosen on Windows")
)

// Start starts a program in a job and a console process group of its own.
func Start(c Command) (*Process, error) {
	switch {
	case c.Path == "" || len(c.Args) == 0:
		return nil, errNoProgram
	case len(c.Sockets) > 0:
		return nil, errSockets
	case c.Credential != nil:
		return nil, errCredential
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	_ = haveConsole() // a program can run without, and [Process.Signal] says what is missing
	id := newID()
	job, err := newJob()
	if err != nil {
		return nil, err
	}
	// Suspended, so that it starts nothing before it is in the job.
	started, err := os.StartProcess(c.Path, c.Args, &os.ProcAttr{
		Dir:   c.Dir,
		Env:   append(c.Env[:len(c.Env):len(c.Env)], "INVOCATION_ID="+id),
		Files: []*os.File{null, c.Stdout, c.Stderr},
		Sys:   &syscall.SysProcAttr{CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP},
	})
	if err != nil {
		return nil, errors.Join(err, job.close())
	}
	if err := errors.Join(job.add(started.Pid), resume(started.Pid)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", c.Path, err), started.Kill(), job.close())
	}
	p := &Process{pid: started.Pid, id: id, done: make(chan struct{}), tree: tree{job}}
	go p.wait(started)
	return p, nil
}

func (p *Process) wait(started *os.Process) {
	state, err := started.Wait()
	if err != nil {
		p.finish(Exit{Stolen: true})
		return
	}
	p.finish(Exit{Code: state.ExitCode(), CPU: state.UserTime() + state.SystemTime()})
}

// signal asks the program to end by Ctrl-Break, which is what Windows has for
// SIGTERM, or ends it. A program that has left the console does not hear it.
func (p *Process) signal(sig os.Signal) error {
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
	}
	switch sig {
	case os.Kill:
		return p.tree.job.terminate()
	case os.Interrupt, syscall.SIGTERM:
		err := windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.pid))
		return os.NewSyscallError("GenerateConsoleCtrlEvent", err)
	}
	return fmt.Errorf("signal %v: Windows has none but Ctrl-Break and the end", sig)
}

func signalName(n int) string { return strconv.Itoa(n) }
