//go:build unix

package process

import "syscall"

var terminate = syscall.SIGTERM
