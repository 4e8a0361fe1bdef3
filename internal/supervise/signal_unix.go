//go:build unix

package supervise

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/supervise/process"
)

// What signals to gind mean. SIGHUP is read apart.
var (
	stopSignals    = []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	quitSignals    = []os.Signal{syscall.SIGQUIT}
	hangupSignals  = []os.Signal{syscall.SIGHUP}
	forwardSignals = []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT}
)

// abortSignal ends a program that hangs, and has Go write what it was doing.
var abortSignal os.Signal = syscall.SIGABRT

// parseSignal reads the name of a signal, with or without SIG.
func parseSignal(name string) (os.Signal, error) {
	full := "SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG")
	n := unix.SignalNum(full)
	if n == 0 || n == syscall.SIGKILL || n == syscall.SIGSTOP {
		return nil, fmt.Errorf("%q is not a signal that a program can answer", name)
	}
	return n, nil
}

// asked reports whether a program was ended by a signal that people end
// programs with: systemd.service(5), Restart=.
func asked(exit process.Exit) bool {
	switch syscall.Signal(exit.Signal) {
	case syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE:
		return true
	}
	return false
}
