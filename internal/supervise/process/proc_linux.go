package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// entry is what proc_pid_stat(5) says of one process.
type entry struct {
	pid, parent, group, session int

	zombie bool
	start  uint64 // in clock ticks after boot
}

func readEntry(pid int) (entry, error) {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return entry{}, err
	}
	return parseEntry(pid, line)
}

// parseEntry begins after the last parenthesis, since a program may be called
// anything, ") R 1" included.
func parseEntry(pid int, line []byte) (entry, error) {
	fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
	if len(fields) < 20 {
		return entry{}, fmt.Errorf("/proc/%d/stat: %q is too short", pid, line)
	}
	e := entry{pid: pid, zombie: fields[0] == "Z" || fields[0] == "X"}
	var errs [4]error
	e.parent, errs[0] = strconv.Atoi(fields[1])
	e.group, errs[1] = strconv.Atoi(fields[2])
	e.session, errs[2] = strconv.Atoi(fields[3])
	e.start, errs[3] = strconv.ParseUint(fields[19], 10, 64)
	return e, errors.Join(errs[:]...)
}

// processes are those of the system, by number.
type processes map[int]entry

func readProcesses() (processes, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	all := make(processes, len(names))
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if e, err := readEntry(pid); err == nil {
			all[pid] = e
		}
	}
	return all, nil
}

// tree is p and everything that it started, as far as it runs.
func (all processes) tree(p *Process) []entry {
	var members []entry
	for pid, e := range all {
		if !e.zombie && all.belongs(p, pid) {
			members = append(members, e)
		}
	}
	return members
}

// belongs goes up from pid. Below p, it is p's. Below another program of this
// process it is not. Below an orphan it is p's if anything on the way says so:
// the session or group that p began, or p's INVOCATION_ID in the environment.
//
// A daemon that has left its session and cleared its environment is taken for
// the last program's that runs, since nothing tells which one started it.
func (all processes) belongs(p *Process, pid int) bool {
	self := os.Getpid()
	var way []entry
	for range len(all) {
		if pid == p.pid {
			return running(p)
		}
		e, known := all[pid]
		if !known {
			return false
		}
		way = append(way, e)
		if e.parent == self {
			return children.orphan(pid) && (p.marked(way) || foreign(pid) && children.only(p))
		}
		pid = e.parent
	}
	return false
}

// marked reports whether one of the processes bears a sign of p.
func (p *Process) marked(some []entry) bool {
	for _, e := range some {
		if e.session == p.pid || e.group == p.pid || hasID(e.pid, p.id) {
			return true
		}
	}
	return false
}

// orphan reports whether pid is not one that Start started.
func (r *reaper) orphan(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ours := r.pids[pid]
	return !ours
}

// only reports whether no other program than p runs.
func (r *reaper) only(p *Process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.pids {
		if other != p {
			return false
		}
	}
	return true
}

func hasID(pid int, id string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && bytes.Contains(env, []byte("INVOCATION_ID="+id+"\x00"))
}

// hasOrphans tells quickly whether this process has children besides those
// that Start started. When in doubt it has.
func hasOrphans() bool {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return true
	}
	for _, thread := range threads {
		list, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		if errors.Is(err, unix.ESRCH) {
			continue // the thread has ended, its children moved on
		}
		if err != nil {
			return true // a kernel without CONFIG_PROC_CHILDREN
		}
		for _, word := range strings.Fields(string(list)) {
			if pid, err := strconv.Atoi(word); err != nil || children.orphan(pid) && foreign(pid) {
				return true
			}
		}
	}
	return false
}

// resident is the memory that the processes hold, shared pages counted for each.
func resident(pids []int) (bytes uint64) {
	for _, pid := range pids {
		line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(line)); len(fields) > 1 {
			pages, _ := strconv.ParseUint(fields[1], 10, 64)
			bytes += pages * uint64(os.Getpagesize())
		}
	}
	return bytes
}
