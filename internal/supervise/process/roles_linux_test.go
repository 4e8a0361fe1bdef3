package process

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	roles["daemons"] = daemons
	roles["daemon"] = daemon
	roles["brood"] = brood
	roles["limits"] = limits
	roles["parent"] = parent
	roles["init"] = initProcess
}

// play starts this test binary again, in a session of its own, with no more
// in its environment than env says.
func play(role string, env ...string) (*os.Process, error) {
	return os.StartProcess("/proc/self/exe", []string{role}, &os.ProcAttr{
		Env:   append(env, "TEST_ROLE="+role, "GORACE=atexit_sleep_ms=0"),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
}

// daemons starts a double-forked daemon that forgot its environment, one that
// kept it, and one child of the usual kind. It prints their numbers, one a
// line, and stays, or ends if it is told to.
func daemons() int {
	forgetful, err := play("daemon", "GENERATIONS=2")
	if err == nil {
		_, err = forgetful.Wait()
	}
	faithful, err2 := play("daemon", "GENERATIONS=2", "INVOCATION_ID="+os.Getenv("INVOCATION_ID"))
	if err2 == nil {
		_, err2 = faithful.Wait()
	}
	_, err3 := play("daemon", "GENERATIONS=1")
	if err != nil || err2 != nil || err3 != nil {
		fmt.Fprintln(os.Stderr, err, err2, err3)
		return 1
	}
	if os.Getenv("STAY") != "" {
		time.Sleep(time.Minute)
	}
	return 0
}

// daemon forks once more, or settles down and ignores every polite signal.
func daemon() int {
	if os.Getenv("GENERATIONS") == "2" {
		env := append(withoutKeys(os.Environ(), []string{"GENERATIONS", "TEST_ROLE"}), "GENERATIONS=1")
		if _, err := play("daemon", env...); err != nil {
			return 1
		}
		return 0
	}
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	fmt.Println(os.Getpid())
	time.Sleep(time.Minute)
	return 0
}

// brood keeps forking children that outlive it, while it is being killed.
func brood() int {
	for {
		if _, err := play("daemon", "GENERATIONS=1"); err != nil {
			return 1
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// limits prints what setrlimit, umask and setuid have done.
func limits() int {
	var files, core unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil || unix.Getrlimit(unix.RLIMIT_CORE, &core) != nil {
		return 1
	}
	groups, err := os.Getgroups()
	if err != nil {
		return 1
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 1
	}
	umask := ""
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "Umask:"); ok {
			umask = strings.TrimSpace(value)
		}
	}
	fmt.Printf("nofile %d core %d:%d umask %s uid %d gid %d groups %v\n",
		files.Max, core.Cur, core.Max, umask, os.Getuid(), os.Getgid(), groups)
	return 0
}

// parent starts a program as gind does and waits to be killed. The number of
// the program is on standard output.
func parent() int {
	c := command("sleep")
	if os.Getenv("BY_TRAMPOLINE") != "" {
		c.Umask = 0o22
	}
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	p, err := Start(c)
	if err != nil {
		return 1
	}
	fmt.Println(p.PID())
	time.Sleep(time.Minute)
	return 0
}

// initProcess is PID 1: it starts a program that leaves daemons behind and
// reports how many zombies and daemons there are when the program has ended.
func initProcess() int {
	c := command("daemons")
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	p, err := Start(c)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	<-p.Done()
	err = p.KillAll()
	left := 0
	for range 100 {
		all, _ := readProcesses()
		if left = len(all) - 1; left == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("pid", os.Getpid(), "left", left, "error", err)
	return 42
}
