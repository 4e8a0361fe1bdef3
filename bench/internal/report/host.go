package report

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Host describes the machine in one line: processor, cores, memory, kernel, and Go.
func Host() string {
	return fmt.Sprintf("%s, %d cores, %s of memory, Linux %s, %s",
		processor(), runtime.NumCPU(), memory(), kernel(), strings.Replace(runtime.Version(), "go", "Go ", 1))
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(model)
		}
	}
	return runtime.GOARCH
}

func memory() string {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", float64(info.Totalram*uint64(info.Unit))/(1<<30))
}

func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "of an unknown version"
	}
	return unix.ByteSliceToString(name.Release[:])
}

// Heading begins a section: what was measured, by which command, when and where.
func Heading(title, command string) string {
	return fmt.Sprintf("## %s\n\n```sh\n%s\n```\n\n%s, on %s.\n", title, command, time.Now().Format(time.DateOnly), Host())
}
