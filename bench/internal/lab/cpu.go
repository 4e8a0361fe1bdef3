package lab

import (
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// tick is the unit of times in /proc/PID/stat: Linux has USER_HZ=100 everywhere.
const tick = 10 * time.Millisecond

// CPUTime is how long the processes that a unit has now have been running, in
// user mode and in the kernel, those that ended before aside; see proc(5).
func (s *Session) CPUTime(m *machine.Machine, unit string) (total time.Duration) {
	for line := range strings.Lines(m.Run("cat $(grep -ls " + machine.Quote("/"+unit+"$") + " /proc/[0-9]*/cgroup | sed 's/cgroup$/stat/')")) {
		// The name is in parentheses, and may have anything in it.
		fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
		if len(fields) < 13 {
			s.Fatalf("lab: the CPU time of %s: %q", unit, line)
		}
		for _, field := range fields[11:13] { // utime, stime
			ticks, err := strconv.Atoi(field)
			s.Must(err)
			total += time.Duration(ticks) * tick
		}
	}
	return total
}
