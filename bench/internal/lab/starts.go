package lab

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/vm-tests/machine"
)

// TimeStarts starts commands in turns, and returns for each how long every
// start took until READY=1. It needs peers/stopwatch.
func TimeStarts(s *Session, m *machine.Machine, rounds int, commands ...string) [][]time.Duration {
	line := fmt.Sprintf("%s/stopwatch -rounds %d", Mounted, rounds)
	for _, command := range commands {
		line += " " + machine.Quote(command)
	}
	times := make([][]time.Duration, len(commands))
	for printed := range strings.Lines(m.Run(line)) {
		var number int
		var took time.Duration
		if _, err := fmt.Sscan(printed, &number, (*int64)(&took)); err != nil || number >= len(commands) {
			s.Fatalf("lab: stopwatch printed %q", printed)
		}
		times[number] = append(times[number], took)
	}
	return times
}

// TimeRestarts restarts a unit, and returns for each start how long it took from
// the moment in which systemd made the process, sandbox included, to READY=1.
func TimeRestarts(s *Session, m *machine.Machine, rounds int, unit string) (times []time.Duration) {
	for range rounds {
		m.Run("systemctl restart " + unit)
		begun, ready := monotonic(s, m, unit, "ExecMainStart"), monotonic(s, m, unit, "ActiveEnter")
		times = append(times, ready-begun)
	}
	return times
}

// monotonic is when something last happened to a unit, on the clock that starts with the kernel.
func monotonic(s *Session, m *machine.Machine, unit, event string) time.Duration {
	text := m.Run("systemctl show --value --property=" + event + "TimestampMonotonic " + unit)
	microseconds, err := strconv.ParseInt(text, 10, 64)
	s.Must(err)
	return time.Duration(microseconds) * time.Microsecond
}
