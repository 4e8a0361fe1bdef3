package process

import (
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// patience is how long an ended child of somebody else in this process may
// wait to be collected before the reaper does it, after guestPause it is looked at again.
const (
	patience   = time.Minute
	guestPause = 200 * time.Millisecond
)

// guest is an ended child that the reaper leaves to others, for now.
type guest struct {
	pid   int
	since time.Time
}

// adoptOrphans makes this process the parent of every descendant that loses
// its own: PR_SET_CHILD_SUBREAPER(2const). PID 1 is that without asking, and
// before Linux 3.4 nobody can be.
func adoptOrphans() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// collectOrphans collects the ended children that Start did not start and
// nobody here can be waiting for. If it had to leave one to somebody else it
// returns when to look again, since that one hides those behind it.
//
// Whose a child is its session tells. What Start starts has sessions of its
// own, and what that leaves behind does too; a child in this process's session
// was forked by os/exec or the like, and has somebody who waits for it.
func (r *reaper) collectOrphans() (later time.Duration) {
	for {
		pid := firstEnded()
		if pid <= 0 {
			r.guest = guest{}
			return 0
		}
		if _, ours := r.pids[pid]; ours {
			r.collect(pid)
			continue
		}
		if foreign(pid) || r.overstayed(pid) {
			_, _ = wait4(pid, nil, nil)
			continue
		}
		return guestPause
	}
}

// overstayed reports whether pid was the first in line for too long.
func (r *reaper) overstayed(pid int) bool {
	if r.guest.pid != pid {
		r.guest = guest{pid, time.Now()}
	}
	return time.Since(r.guest.since) > patience
}

func foreign(pid int) bool {
	own, err := unix.Getsid(0)
	theirs, err2 := unix.Getsid(pid)
	return errors.Join(err, err2) == nil && own != theirs
}

// firstEnded is the first child that has ended, without collecting it, or 0.
func firstEnded() int {
	var info unix.Siginfo
	for {
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		switch {
		case err == nil:
			return int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), siPID)))
		case !errors.Is(err, unix.EINTR):
			return 0
		}
	}
}

// siPID is where si_pid is in siginfo_t: after three ints, in a union that is
// aligned as a pointer is.
const siPID = (12 + unsafe.Sizeof(uintptr(0)) - 1) &^ (unsafe.Sizeof(uintptr(0)) - 1)
