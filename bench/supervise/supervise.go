// Package supervise measures what it costs to have programs kept running.
package supervise

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

const (
	kills  = 15        // of each, in turns of five
	rounds = 3         // of the log
	lines  = 1_000_000 // in each
	many   = 10        // children, for memory
)

// figures are what was measured of a contender.
type figures struct {
	one, all int64 // bytes with one child, and with many
	restarts []time.Duration
	logs     []float64       // lines a second
	cpu      []time.Duration // a line, as if it were a million
}

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	s.Build("./peers/supervised")
	s.BuildGind()
	m := s.Boot()
	m.Run("mkdir -p /run/bench")

	found := make([]figures, len(contenders))
	for i, c := range contenders {
		if s.Takes(c.label) {
			s.Logf("supervise: memory of %s", c.label)
			found[i].one, found[i].all = memory(s, m, c, i, 1), memory(s, m, c, i, many)
		}
	}
	measureRestarts(s, m, found)
	measureLogs(s, m, found)

	t := report.NewTable("supervisor", "memory, 1 child", "memory, 10 children", "a further child", "death to exec", "slowest", "lines/s", "CPU a million lines")
	for i, c := range contenders {
		f := found[i]
		if f.restarts == nil {
			continue
		}
		t.Add(c.label, report.Bytes(f.one), report.Bytes(f.all), report.Bytes(max(0, f.all-f.one)/(many-1)),
			report.Duration(sample.Median(f.restarts)), report.Duration(sample.Quantile(f.restarts, 1)),
			report.Count(sample.Median(f.logs)), report.Duration(sample.Median(f.cpu)))
	}
	return section(m, t)
}

const text = `
%s
Each supervisor is a service of its own and has its own logger: svlogd, s6-log, supervisord's files, journald; gind writes
its per-level files, and the first five hundred lines a second to the journal as well. What they do differs: supervisord copies
bytes, svlogd and s6-log lines, journald stores records, and gind finds out the level and the fields of each line.

- *memory*: the proportional set size (PSS) of the supervisor's processes and its loggers', the children not counted;
  with systemd it is what PID 1 and journald have grown by.
- *death to exec*: from SIGKILL to the first line of the next process's main, %d times each, the children having run for
  a second and a half, after which all of these restart at once. systemd is told RestartSec=0.
- *lines/s*: a child prints %s lines of 100 bytes as fast as it is let; nothing is dropped (output.overflow: wait).
  Median of %d rounds. *CPU* is of the supervisor, its logger and journald.

Versions: %s.

%s`

func section(m *machine.Machine, t *report.Table) string {
	var versions []string
	for _, c := range contenders {
		if c.pkg != "" {
			versions = append(versions, c.pkg+" "+lab.PackageVersion(m, c.pkg))
		}
	}
	return report.Heading("Supervising programs", "cd bench && go run . supervise") + fmt.Sprintf(text,
		lab.Describe(m), kills, report.Count(lines), rounds, strings.Join(versions, ", "), t)
}

// start starts a contender with its children and returns how to find what it is.
func start(m *machine.Machine, c contender, name string, commands []string) (stop func()) {
	units := c.units(name, commands)
	lab.Start(m, units...)
	return func() {
		for _, u := range units {
			m.Run("systemctl stop bench-" + u.Name)
		}
	}
}

// children are commands that run, each with a file of its own.
func children(name string, n int) (commands, files []string) {
	for i := range n {
		file := fmt.Sprintf("/run/bench/%s-%d", name, i)
		files = append(files, file)
		commands = append(commands, program+" run "+file)
	}
	return commands, files
}

func await(m *machine.Machine, files []string) {
	for _, file := range files {
		m.Await(20*time.Second, "test -s "+file)
	}
}

// memory is what supervising n children takes, in bytes.
func memory(s *lab.Session, m *machine.Machine, c contender, number, n int) int64 {
	name := fmt.Sprintf("memory%d-%d", number, n)
	commands, files := children(name, n)
	before := systemMemory(s, m)
	stop := start(m, c, name, commands)
	defer stop()
	await(m, files)
	time.Sleep(2 * time.Second)
	if c.label == "systemd" {
		return max(0, systemMemory(s, m)-before)
	}
	return sum(s, m, ofSupervisor(name), "smaps_rollup", `/^Pss:/ { sum += $2 } END { print sum + 0 }`) << 10
}

// systemMemory is that of PID 1 and journald.
func systemMemory(s *lab.Session, m *machine.Machine) int64 {
	return sum(s, m, "echo /proc/1/ /proc/$(systemctl show --value --property=MainPID systemd-journald)/", "smaps_rollup", `/^Pss:/ { sum += $2 } END { print sum + 0 }`) << 10
}

// ofSupervisor is a line of shell that prints the folders in /proc of the
// supervisor's processes and its loggers'.
func ofSupervisor(name string) string {
	return "for p in $(grep -ls 'bench-" + name + `[-.]' /proc/[0-9]*/cgroup); do d=${p%cgroup}; ` +
		`test "$(cat ${d}comm)" = supervised || echo $d; done`
}

// sum adds up what awk finds in a file of some processes.
func sum(s *lab.Session, m *machine.Machine, folders, file, awk string) int64 {
	text := m.Run("cat $(for d in $(" + folders + "); do echo ${d}" + file + "; done) /dev/null 2>/dev/null | awk " + machine.Quote(awk))
	n, err := strconv.ParseInt(text, 10, 64)
	s.Must(err)
	return n
}

func measureRestarts(s *lab.Session, m *machine.Machine, found []figures) {
	s.Logf("supervise: death to exec, %d times each", kills)
	files := make([]string, len(contenders))
	for i, c := range contenders {
		if s.Takes(c.label) {
			name := fmt.Sprintf("restart%d", i)
			commands, own := children(name, 1)
			defer start(m, c, name, commands)()
			await(m, own)
			files[i] = own[0]
		}
	}
	for range kills / 5 {
		for i, file := range files {
			if file == "" {
				continue
			}
			for printed := range strings.Lines(m.Run(program + " kill " + file + " 5")) {
				took, err := strconv.ParseInt(strings.TrimSpace(printed), 10, 64)
				s.Must(err)
				found[i].restarts = append(found[i].restarts, time.Duration(took))
			}
		}
	}
}

func measureLogs(s *lab.Session, m *machine.Machine, found []figures) {
	for round := range rounds {
		for i, c := range contenders {
			if !s.Takes(c.label) {
				continue
			}
			s.Logf("supervise: the log of %s, round %d", c.label, round+1)
			rate, cpu := measureLog(s, m, c, fmt.Sprintf("log%d-%d", i, round))
			found[i].logs = append(found[i].logs, rate)
			found[i].cpu = append(found[i].cpu, cpu)
		}
	}
}

// measureLog is the lines a second and the time that a million of them take.
func measureLog(s *lab.Session, m *machine.Machine, c contender, name string) (rate float64, cpu time.Duration) {
	file := "/run/bench/" + name
	before := journaldTime(s, m)
	stop := start(m, c, name, []string{fmt.Sprintf("%s log %d %s", program, lines, file)})
	defer func() {
		stop()
		m.Run("rm -rf /var/log/*" + name + " && journalctl --rotate --vacuum-size=1M")
	}()
	m.Await(5*time.Minute, "test -s "+file)
	_, nanoseconds, _ := strings.Cut(m.Run("cat "+file), " ")
	took, err := strconv.ParseInt(nanoseconds, 10, 64)
	s.Must(err)
	time.Sleep(time.Second) // what is still in a pipe
	if c.logger {
		cpu = journaldTime(s, m) - before
	}
	if c.label != "systemd" {
		cpu += cpuTime(s, m, ofSupervisor(name))
	}
	return lines / time.Duration(took).Seconds(), cpu * 1_000_000 / lines
}

// cpuTime is utime and stime of proc_pid_stat(5), whose unit is a hundredth of a second.
func cpuTime(s *lab.Session, m *machine.Machine, folders string) time.Duration {
	return time.Duration(sum(s, m, folders, "stat", `{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum + 0 }`)) * 10 * time.Millisecond
}

func journaldTime(s *lab.Session, m *machine.Machine) time.Duration {
	return cpuTime(s, m, "echo /proc/$(systemctl show --value --property=MainPID systemd-journald)/")
}
