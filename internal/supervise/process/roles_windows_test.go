package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// answerTime is how long a program may take to answer Ctrl-Break.
const answerTime = 2 * time.Second

func init() {
	roles["polite"] = polite
	roles["family"] = family
	roles["descendant"] = descendant
	roles["parent"] = parent
	roles["supervisor"] = supervisor
	roles["plain-parent"] = plainParent
}

// polite ends with status 7 when it is told to.
func polite() int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt)
	fmt.Println("ready")
	<-told
	return 7
}

// family starts a child, and that one a child of its own; both are deaf to what
// can be ignored. It prints their numbers, one a line, and stays, or ends if it
// is told to.
func family() int {
	if err := beget("2"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv("STAY") != "" {
		time.Sleep(time.Minute)
	}
	return 0
}

func descendant() int {
	signal.Ignore(os.Interrupt)
	fmt.Println(os.Getpid())
	if os.Getenv("GENERATIONS") == "2" {
		if err := beget("1"); err != nil {
			return 1
		}
	}
	time.Sleep(time.Minute)
	return 0
}

// beget starts a descendant in a process group of its own, which prints its number.
func beget(generations string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), "TEST_ROLE=descendant", "GENERATIONS="+generations)
	child.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	return child.Start()
}

// parent starts a program as gind does and waits to be killed. The numbers of
// the program and its descendants are on standard output.
func parent() int {
	c := command("family")
	c.Env = append(c.Env, "STAY=yes")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	p, err := Start(c)
	if err != nil {
		return 1
	}
	fmt.Println(p.PID())
	time.Sleep(time.Minute)
	return 0
}

// supervisor tells a program to end as gind does, and panics.
func supervisor() int {
	r, w, err := os.Pipe()
	if err != nil {
		return 1
	}
	c := command("polite")
	c.Stdout, c.Stderr = w, os.Stderr
	p, err := Start(c)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_, err = bufio.NewReader(r).ReadString('\n')
	fmt.Println("told:", errors.Join(err, p.Signal(os.Interrupt)))
	select {
	case <-p.Done():
		fmt.Println("answered:", p.Exit())
	case <-time.After(answerTime):
		fmt.Println("no answer:", p.KillAll())
	}
	panic("the end of the supervisor")
}

// plainParent does the same with os/exec.
func plainParent() int {
	if err := haveConsole(); err != nil {
		fmt.Println(err)
		return 1
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "TEST_ROLE=polite")
	child.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	err2 := windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(child.Process.Pid))
	fmt.Println("told:", errors.Join(err, err2))
	late := time.AfterFunc(answerTime, func() { _ = child.Process.Kill() })
	defer late.Stop()
	fmt.Println("ended:", child.Wait())
	return 0
}
