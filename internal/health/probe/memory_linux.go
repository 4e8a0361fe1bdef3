package probe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
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
	for group := own; group != ""; group = parent(group) {
		m = m.nearer(k.cgroup(group))
	}
	return m, nil
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
