package probe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxKernelFile is the most bytes read of a file in /proc or /sys.
const maxKernelFile = 64 << 10

// cgroups is where version 2 is mounted: cgroups(7).
const cgroups = "sys/fs/cgroup"

func memoryReader() (func() (memory, error), error) {
	root := kernel{os.DirFS("/")}
	if _, err := root.machine(); err != nil {
		return nil, err
	}
	return root.memory, nil
}

// kernel reads what the kernel says in files below a root.
type kernel struct{ fs.FS }

// memory reads the machine's state and that of each cgroup from ours up.
func (k kernel) memory() (memory, error) {
	m, err := k.machine()
	if err != nil {
		return m, err
	}
	own := k.ownCgroup()
	m.stalled = k.stalled(path.Join(cgroups, own, "memory.pressure"), "proc/pressure/memory")
	return m.nearer(k.limits()), nil
}

// limits is the state of whichever cgroup from ours up is nearest to its limit; its
// limit is 0 if none has one.
func (k kernel) limits() (m memory) {
	for group := k.ownCgroup(); group != ""; group = parent(group) {
		m = m.nearer(k.cgroup(group))
	}
	for group := k.ownGroupV1(); group != ""; group = parent(group) {
		m = m.nearer(k.cgroupV1(group))
	}
	return m
}

// MemoryLimit reads how much memory counts against the nearest limit of the
// process's cgroups, and that limit, in bytes. File cache that the kernel can drop
// is not counted. It reports false where there is no limit.
func MemoryLimit() (used, limit uint64, ok bool) {
	m := kernel{os.DirFS("/")}.limits()
	return m.used, m.limit, m.limit > 0
}

func parent(group string) string {
	up := path.Dir(group)
	if up == "." || up == "/" {
		return ""
	}
	return up
}

// machine reads /proc/meminfo.
func (k kernel) machine() (memory, error) {
	text, err := k.read("proc/meminfo")
	if err != nil {
		return memory{}, err
	}
	total, available := field(text, "MemTotal:"), field(text, "MemAvailable:")
	if total == 0 {
		return memory{}, errors.New("/proc/meminfo: no MemTotal")
	}
	return memory{used: (total - min(total, available)) << 10, limit: total << 10, of: "the machine's memory"}, nil
}

// cgroup reads one cgroup; its limit is 0 if it has none.
func (k kernel) cgroup(group string) memory {
	dir := path.Join(cgroups, group)
	limit := k.number(path.Join(dir, "memory.max"))
	if limit == 0 {
		return memory{}
	}
	used := k.number(path.Join(dir, "memory.current"))
	stat, err := k.read(path.Join(dir, "memory.stat"))
	if err == nil {
		used -= min(used, field(stat, "inactive_file"))
	}
	return memory{used: used, limit: limit, of: fmt.Sprintf("the limit of cgroup /%s", group)}
}

// cgroupV1 is cgroup for version 1, which some kernels still have beside or
// instead of 2: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
func (k kernel) cgroupV1(group string) memory {
	dir := path.Join(cgroups, "memory", group)
	limit := k.number(path.Join(dir, "memory.limit_in_bytes"))
	if limit == 0 || limit >= noLimitV1 {
		return memory{}
	}
	used := k.number(path.Join(dir, "memory.usage_in_bytes"))
	if stat, err := k.read(path.Join(dir, "memory.stat")); err == nil {
		used -= min(used, field(stat, "total_inactive_file"))
	}
	return memory{used: used, limit: limit, of: fmt.Sprintf("the limit of cgroup /%s", group)}
}

// noLimitV1 is below what version 1 writes for none: the largest number of whole pages.
const noLimitV1 = 1 << 62

// ownGroupV1 is the path of this process's memory cgroup of version 1.
func (k kernel) ownGroupV1() string {
	text, err := k.read("proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, ok := strings.Cut(rest, ":/")
		if ok && slices.Contains(strings.Split(controllers, ","), "memory") && fs.ValidPath(group) && group != "." {
			return group
		}
	}
	return ""
}

// ownCgroup is the path of this process's cgroup without the leading slash, ""
// for the root or if there is no version 2.
func (k kernel) ownCgroup() string {
	text, err := k.read("proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(text) {
		if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::/"); ok && fs.ValidPath(group) && group != "." {
			return group
		}
	}
	return ""
}

// stalled is the full avg10 of the first of the files that there is, 0 without
// one: https://docs.kernel.org/accounting/psi.html
func (k kernel) stalled(files ...string) float64 {
	for _, file := range files {
		text, err := k.read(file)
		if err != nil {
			continue
		}
		_, full, _ := strings.Cut(text, "full avg10=")
		average, _, _ := strings.Cut(full, " ")
		if p, err := strconv.ParseFloat(average, 64); err == nil {
			return p
		}
	}
	return 0
}

// number is a file that holds one, 0 if it says "max" or is not there.
func (k kernel) number(file string) uint64 {
	text, err := k.read(file)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	return n
}

// field is the number after a name at the begin of a line, 0 without.
func field(text, name string) uint64 {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			n, _ := strconv.ParseUint(f[1], 10, 64)
			return n
		}
	}
	return 0
}

func (k kernel) read(file string) (string, error) {
	f, err := k.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxKernelFile))
	return string(text), err
}
