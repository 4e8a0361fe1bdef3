package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// cgroup is a control group of version 2, made below that of this process:
// https://docs.kernel.org/admin-guide/cgroup-v2.html.
//
// systemd allows that with Delegate=yes; in a container it is usual.
type cgroup struct {
	path string
	dir  *os.File // to fork into; closed after the start
}

// ownCgroup is the directory of the cgroup that this process is in.
var ownCgroup = sync.OnceValues(func() (string, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	return findCgroup(mounts, groups)
})

// findCgroup looks up the process's path in the mounts: cgroups(7),
// proc_pid_mountinfo(5).
func findCgroup(mounts, groups []byte) (string, error) {
	path, found := "", false
	for line := range strings.Lines(string(groups)) {
		if rest, ok := strings.CutPrefix(line, "0::"); ok {
			path, found = strings.TrimSuffix(rest, "\n"), true
		}
	}
	if !found {
		return "", errors.New("not in a cgroup of version 2")
	}
	for line := range strings.Lines(string(mounts)) {
		mount, options, _ := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if len(fields) < 5 || !strings.HasPrefix(options, "cgroup2 ") {
			continue
		}
		below, err := filepath.Rel(fields[3], path)
		if err == nil && below != ".." && !strings.HasPrefix(below, "../") {
			return filepath.Join(fields[4], below), nil
		}
	}
	return "", fmt.Errorf("cgroup %s: not mounted", path)
}

const cgroupPrefix = "gind-supervise-"

var cleanOnce sync.Once

// cleanUp removes what a supervisor left behind that was killed. A cgroup with
// a process in it cannot be removed.
func cleanUp(own string) {
	stale, _ := filepath.Glob(filepath.Join(own, cgroupPrefix+"*"))
	for _, path := range stale {
		_ = unix.Rmdir(path)
	}
}

// newCgroup makes a cgroup that can be killed, which needs Linux 5.14.
func newCgroup(name string) (*cgroup, error) {
	own, err := ownCgroup()
	if err != nil {
		return nil, err
	}
	cleanOnce.Do(func() { cleanUp(own) })
	cg := &cgroup{path: filepath.Join(own, cgroupPrefix+name)}
	if err := os.Mkdir(cg.path, 0o755); err != nil {
		return nil, err
	}
	if _, err := os.Stat(cg.file("cgroup.kill")); err != nil {
		return nil, errors.Join(err, cg.remove())
	}
	if cg.dir, err = os.Open(cg.path); err != nil {
		return nil, errors.Join(err, cg.remove())
	}
	return cg, nil
}

func (cg *cgroup) file(name string) string { return filepath.Join(cg.path, name) }

// kill kills every process in the cgroup and below, and reports whether there was any.
func (cg *cgroup) kill() (bool, error) {
	if populated, err := cg.populated(); err != nil || !populated {
		return false, err
	}
	return true, os.WriteFile(cg.file("cgroup.kill"), []byte("1"), 0)
}

// populated reports whether a process is in the cgroup or below. A cgroup that
// was removed has none.
func (cg *cgroup) populated() (bool, error) {
	events, err := os.ReadFile(cg.file("cgroup.events"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return false, nil
	}
	return bytes.Contains(events, []byte("populated 1")), err
}

// members are the processes in the cgroup and below. A cgroup that is being
// removed has none.
func (cg *cgroup) members() (pids []int) {
	_ = filepath.WalkDir(cg.path, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil //nolint:nilerr // gone since it was listed
		}
		list, _ := os.ReadFile(path)
		for _, word := range strings.Fields(string(list)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

func (cg *cgroup) memory() (uint64, bool) {
	text, err := os.ReadFile(cg.file("memory.current"))
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// remove removes the cgroup and those that the program made below it, from the
// bottom up. The kernel may need a moment after the last process.
func (cg *cgroup) remove() error {
	var dirs []string
	_ = filepath.WalkDir(cg.path, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for i := len(dirs) - 1; i >= 0; i-- {
		if err := removeDir(dirs[i]); err != nil {
			return err
		}
	}
	return nil
}

func removeDir(path string) (err error) {
	for pause := time.Millisecond; pause < 300*time.Millisecond; pause *= 2 {
		err = unix.Rmdir(path)
		if !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(pause)
	}
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return &os.PathError{Op: "rmdir", Path: path, Err: err}
}
