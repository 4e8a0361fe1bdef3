//go:build unix

package supervise

import (
	"os"
	"syscall"
)

// What stops a program by default.
var stopSignal os.Signal = syscall.SIGTERM

// asAsked is how a program ends that lets SIGTERM take its course.
var asAsked = signalled(syscall.SIGTERM)
