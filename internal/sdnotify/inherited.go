package sdnotify

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// maxInherited is the most descriptors one process is passed. Beyond it
// LISTEN_FDS is a mistake, not a number of sockets.
const maxInherited = 65536

// File is a descriptor that the service manager passed: an activated socket
// under its FileDescriptorName=, or one from the file descriptor store.
type File struct {
	// Name as the manager gave it. Several files may have the same. Without
	// LISTEN_FDNAMES it is "unknown", as sd_listen_fds_with_names(3) has it.
	Name string
	*os.File
}

// Inherited returns the descriptors that the service manager passed to this
// process, in its order, close-on-exec: sd_listen_fds(3). There are none when
// the environment does not say so, or says so for another process.
//
// LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PIDFDID are removed from
// the environment, so that no child believes they are meant for it; a second
// call returns nothing. A malformed value is an error, and nothing is taken.
func Inherited() ([]File, error) {
	passed, err := readListen(os.Getenv, os.Getpid())
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		_ = os.Unsetenv(name)
	}
	if err != nil {
		return nil, err
	}
	return take(passed)
}

// ParentsSockets is the process that the service manager passed descriptors to if that is
// the one which started this process, else 0: a wrapper that does not exec the program
// keeps them from it. It is for before Inherited.
func ParentsSockets() (pid int) {
	to, err := number("LISTEN_PID", os.Getenv("LISTEN_PID"), 1, 1<<31-1)
	if err != nil || to != os.Getppid() || os.Getenv("LISTEN_FDS") == "0" {
		return 0
	}
	return to
}

// readListen returns the names of the descriptors passed to process pid.
func readListen(getenv func(string) string, pid int) ([]string, error) {
	if getenv("LISTEN_PID") == "" || getenv("LISTEN_FDS") == "" {
		return nil, nil
	}
	to, err := number("LISTEN_PID", getenv("LISTEN_PID"), 1, 1<<31-1)
	if err != nil {
		return nil, err
	}
	if to != pid {
		return nil, nil
	}
	count, err := number("LISTEN_FDS", getenv("LISTEN_FDS"), 0, maxInherited)
	if err != nil || count == 0 {
		return nil, err
	}
	return names(getenv("LISTEN_FDNAMES"), count)
}

func names(list string, count int) ([]string, error) {
	if list == "" {
		unknown := make([]string, count)
		for i := range unknown {
			unknown[i] = "unknown"
		}
		return unknown, nil
	}
	named := strings.Split(list, ":")
	if len(named) != count {
		return nil, fmt.Errorf("sdnotify: LISTEN_FDNAMES %q: %d names for %d descriptors", list, len(named), count)
	}
	return named, nil
}

// number parses what systemd writes, which has neither a sign nor a space.
func number(variable, value string, least, most int) (int, error) {
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || n < uint64(least) || n > uint64(most) {
		return 0, fmt.Errorf("sdnotify: %s %q: not a number from %d to %d", variable, value, least, most)
	}
	return int(n), nil
}
