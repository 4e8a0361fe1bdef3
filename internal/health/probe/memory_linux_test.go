package probe

import (
	"strings"
	"testing"
	"testing/fstest"
)

const meminfo = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    8000000 kB\n"

// machine is a root with the given files.
func machine(files map[string]string) kernel {
	root := fstest.MapFS{"proc/meminfo": {Data: []byte(meminfo)}}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return kernel{root}
}

func psi(full string) string {
	return "some avg10=90.00 avg60=1.00 avg300=1.00 total=1\nfull avg10=" + full + " avg60=0.00 avg300=0.00 total=1\n"
}

func TestMemoryOfThisMachine(t *testing.T) {
	passes(t, "this machine", ask(t, built(t)(Memory(MemoryOptions{MaxUsedPercent: 100, MaxStallPercent: 100}))))
	fails(t, "any use at all", ask(t, built(t)(Memory(MemoryOptions{MaxUsedPercent: 0.0001}))), "used (")
}

func TestMemoryIsThatOfTheNearestLimit(t *testing.T) {
	const dir = "sys/fs/cgroup/system.slice/"
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"the machine has room", nil, ""},
		{"the machine is full", map[string]string{
			"proc/meminfo": "MemTotal: 1000000 kB\nMemAvailable: 10000 kB\n",
		}, "99.0 % of the machine's memory used"},
		{"our limit is near", map[string]string{
			"proc/self/cgroup":                   "1:name=systemd:/x\n0::/system.slice/gind.service\n",
			dir + "gind.service/memory.max":      "1000000\n",
			dir + "gind.service/memory.current":  "960000\n",
			dir + "gind.service/memory.stat":     "anon 950000\ninactive_file 0\n",
			dir + "gind.service/memory.pressure": psi("0.00"),
		}, "96.0 % of the limit of cgroup /system.slice/gind.service used (937.5 KiB of 976.6 KiB), more than 95 %"},
		{"file cache is not in use", map[string]string{
			"proc/self/cgroup":                  "0::/system.slice/gind.service\n",
			dir + "gind.service/memory.max":     "1000000\n",
			dir + "gind.service/memory.current": "999999\n",
			dir + "gind.service/memory.stat":    "anon 400000\ninactive_file 500000\n",
		}, ""},
		{"the slice's limit is near", map[string]string{
			"proc/self/cgroup":                  "0::/system.slice/gind.service\n",
			dir + "gind.service/memory.max":     "max\n",
			dir + "gind.service/memory.current": "10\n",
			dir + "memory.max":                  "1000000\n",
			dir + "memory.current":              "990000\n",
		}, "99.0 % of the limit of cgroup /system.slice used"},
		{"we wait for memory", map[string]string{
			"proc/self/cgroup":                   "0::/system.slice/gind.service\n",
			dir + "gind.service/memory.pressure": psi("41.50"),
			"proc/pressure/memory":               psi("0.00"),
		}, "stalled for 41.5 % of the last ten seconds"},
		{"the machine waits for memory", map[string]string{"proc/pressure/memory": psi("41.50")}, "stalled for 41.5 %"},
		{"version 1 of cgroups, without a limit", map[string]string{
			"proc/self/cgroup": "4:cpu,memory:/gind\n",
			"sys/fs/cgroup/memory/gind/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/gind/memory.usage_in_bytes": "990000\n",
		}, ""},
		{"version 1 of cgroups", map[string]string{
			"proc/self/cgroup": "4:cpu,memory:/gind\n0::/gind\n",
			"sys/fs/cgroup/memory/gind/memory.limit_in_bytes": "1000000\n",
			"sys/fs/cgroup/memory/gind/memory.usage_in_bytes": "990000\n",
			"sys/fs/cgroup/memory/gind/memory.stat":           "total_inactive_file 10000\n",
		}, "98.0 % of the limit of cgroup /gind used"},
		{"nonsense", map[string]string{
			"proc/self/cgroup": "0::/../../etc\n", "proc/pressure/memory": "full avg10=much\n",
		}, ""},
	}
	for _, tt := range tests {
		m, err := machine(tt.files).memory()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		err = MemoryOptions{MaxUsedPercent: DefaultMaxUsedPercent, MaxStallPercent: DefaultMaxStallPercent}.judge(m)
		if got := text(err); (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMemoryNeedsMeminfo(t *testing.T) {
	if _, err := (kernel{fstest.MapFS{}}).memory(); err == nil {
		t.Error("there is no /proc/meminfo, yet no error")
	}
}
