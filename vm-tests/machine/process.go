//go:build linux

package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// propagation is where systemd-nspawn leaves an empty folder for each machine it ran.
const propagation = "/run/systemd/nspawn/propagate"

// enterGroups is the shell's program that puts itself into the control groups
// before "--" and becomes the command after it.
const enterGroups = `while [ "$1" != -- ]; do echo 0 >"$1/cgroup.procs" || exit; shift; done; shift; exec "$@"`

// findLeader is the PID 1 of the container that runs below a process, or 0
// while there is none: the first descendant that is PID 1 in two namespaces
// below the host's, that of systemd-nspawn and its own.
func findLeader(outer int) int {
	for _, nspawn := range children(outer) {
		for _, pid := range children(nspawn) {
			if ids := namespacePIDs(pid); len(ids) == 3 && ids[2] == "1" {
				return pid
			}
		}
	}
	return 0
}

// children reads /proc/PID/task/TID/children, see proc(5).
func children(pid int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// namespacePIDs is a process's id in each PID namespace from the host's to its own.
func namespacePIDs(pid int) []string {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if ids, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return strings.Fields(ids)
		}
	}
	return nil
}

// hierarchies are the control group trees in which systemd keeps its services:
// one on a host with cgroup v2, two on one that has v1 controllers as well.
func hierarchies() (mounted []string) {
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} {
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil {
			mounted = append(mounted, dir)
		}
	}
	return mounted
}

// makeGroups gives a machine a control group of its own in each hierarchy: two
// systemds in one would take each other's services for theirs.
func makeGroups(name string) (groups []string, err error) {
	for _, dir := range hierarchies() {
		group := filepath.Join(dir, name)
		if err := os.Mkdir(group, 0o755); err != nil {
			removeGroups(groups)
			return nil, err
		}
		groups = append(groups, group)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no control group hierarchy is mounted below /sys/fs/cgroup")
	}
	return groups, nil
}

// LimitMemory bounds the machine's memory, in bytes, for what is started from now on.
// It is for hosts whose memory controller is one of version 1, where MemoryMax= in a
// machine's unit has no effect; elsewhere it does nothing.
func (m *Machine) LimitMemory(limit int64) {
	m.t.Helper()
	own := memoryGroup(m.leader)
	if own == "" {
		return
	}
	group := filepath.Join("/sys/fs/cgroup/memory", own, m.name)
	err := os.Mkdir(group, 0o755)
	if err == nil {
		m.groups = append(m.groups, group)
		err = os.WriteFile(filepath.Join(group, "memory.limit_in_bytes"), []byte(strconv.FormatInt(limit, 10)), 0)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(m.leader)), 0)
	}
	if err != nil {
		m.t.Fatalf("machine: limit the memory: %v", err)
	}
}

// memoryGroup is a process's control group of the memory controller, version 1;
// empty if there is none.
func memoryGroup(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		if controllers, group, _ := strings.Cut(rest, ":"); strings.Contains(controllers, "memory") {
			return group
		}
	}
	return ""
}

// removeGroups removes control groups and those in them. Processes that have
// just been killed hold them for a moment.
func removeGroups(groups []string) {
	for _, group := range groups {
		for deadline := time.Now().Add(5 * time.Second); !removeTree(group) && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// removeTree removes folders from the leaves up: the files in a control group
// are the kernel's and go with it.
func removeTree(dir string) (gone bool) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		if entry.IsDir() {
			removeTree(filepath.Join(dir, entry.Name()))
		}
	}
	err := syscall.Rmdir(dir)
	return err == nil || err == syscall.ENOENT
}

// sweep removes what test processes that were killed have left: the kernel has
// ended their machines, empty folders remain.
func sweep() {
	for _, dir := range append(hierarchies(), propagation) {
		left, _ := filepath.Glob(filepath.Join(dir, namePrefix+"*-*"))
		for _, path := range left {
			if owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), namePrefix), "-"); !alive(owner) {
				removeTree(path)
			}
		}
	}
}

func alive(pid string) bool {
	_, err := os.Stat(filepath.Join("/proc", pid))
	return err == nil
}
