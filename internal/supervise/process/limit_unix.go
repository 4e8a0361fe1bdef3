//go:build unix

package process

import "golang.org/x/sys/unix"

// infinity is no limit.
const infinity = unix.RLIM_INFINITY

// resources are the limits of setrlimit(2) by systemd's names, in lower case
// and without "Limit".
var resources = map[string]int{
	"as":      unix.RLIMIT_AS,
	"core":    unix.RLIMIT_CORE,
	"cpu":     unix.RLIMIT_CPU,
	"data":    unix.RLIMIT_DATA,
	"fsize":   unix.RLIMIT_FSIZE,
	"memlock": unix.RLIMIT_MEMLOCK,
	"nofile":  unix.RLIMIT_NOFILE,
	"nproc":   unix.RLIMIT_NPROC,
	"stack":   unix.RLIMIT_STACK,
}
