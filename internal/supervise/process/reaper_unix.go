//go:build unix

package process

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// reaper collects the children of this process. It is the only one that waits
// for those that Start started, so that a number which is known here is never
// that of another process.
type reaper struct {
	begun sync.Once
	mu    sync.Mutex // held while forking, so that no child can end unknown
	pids  map[int]*Process
	again chan struct{} // asks for a sweep without SIGCHLD
	guest guest
}

var children = &reaper{pids: map[int]*Process{}, again: make(chan struct{}, 1)}

// adopt has fork start a child and watches it.
func (r *reaper) adopt(fork func() (pid int, err error)) (*Process, error) {
	r.begun.Do(r.begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := fork()
	if err != nil {
		return nil, err
	}
	p := &Process{pid: pid, done: make(chan struct{})}
	r.pids[pid] = p
	return p, nil
}

// begin starts the reaper, which then runs as long as the process does.
func (r *reaper) begin() {
	keepToOurselves()
	adoptOrphans()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	go func() {
		for {
			select {
			case <-ended:
			case <-r.again:
			}
			r.sweep()
		}
	}()
}

// sweep collects every child that has ended. SIGCHLDs are merged by the
// kernel, so that one may stand for many.
func (r *reaper) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pid := range r.pids {
		r.collect(pid)
	}
	if later := r.collectOrphans(); later > 0 {
		time.AfterFunc(later, r.sweepAgain)
	}
}

func (r *reaper) sweepAgain() {
	select {
	case r.again <- struct{}{}:
	default:
	}
}

// collect collects a child of Start's if it has ended.
func (r *reaper) collect(pid int) {
	var status syscall.WaitStatus
	var usage syscall.Rusage
	got, err := wait4(pid, &status, &usage)
	switch {
	case got == pid:
		r.forget(pid, exitOf(status, usage))
	case errors.Is(err, syscall.ECHILD):
		r.forget(pid, Exit{Stolen: true})
	}
}

func (r *reaper) forget(pid int, exit Exit) {
	p := r.pids[pid]
	delete(r.pids, pid)
	p.finish(exit)
}

// wait4 collects pid if it has ended, and does not block.
func wait4(pid int, status *syscall.WaitStatus, usage *syscall.Rusage) (int, error) {
	for {
		got, err := syscall.Wait4(pid, status, syscall.WNOHANG, usage)
		if !errors.Is(err, syscall.EINTR) {
			return got, err
		}
	}
}

func exitOf(status syscall.WaitStatus, usage syscall.Rusage) Exit {
	e := Exit{
		MaxMemory: uint64(usage.Maxrss) * maxrssUnit,
		CPU:       time.Duration(usage.Utime.Nano() + usage.Stime.Nano()),
	}
	if status.Signaled() {
		e.Signal, e.Dumped = int(status.Signal()), status.CoreDump()
		return e
	}
	e.Code = status.ExitStatus()
	return e
}
