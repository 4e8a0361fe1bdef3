// Package start measures how long services take to be ready, and how much they need while idle.
package start

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gind/gind/bench/internal/hello"
	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

const (
	starts = 25              // of each, in turns
	idle   = 3 * time.Second // after its first request, before memory is read
)

// contender is a server as it is when nothing is configured but its address.
type contender struct {
	label   string
	command string
	address string
	unit    string // more lines of its unit
	silent  bool   // does not say READY=1
	program string
}

var helloWorld = contender{label: "net/http, hello world", command: lab.Mounted + "/helloready -address 127.0.0.1:8301",
	address: "127.0.0.1:8301", program: lab.Mounted + "/helloready"}

var gind = contender{label: "gind", command: lab.Mounted + "/gind serve --listen 127.0.0.1:8302",
	address: "127.0.0.1:8302", program: lab.Mounted + "/gind"}

var contenders = []contender{
	helloWorld,
	gind,
	{label: "caddy", command: "/usr/bin/caddy file-server --listen 127.0.0.1:8303 --root /srv/bench",
		address: "127.0.0.1:8303", program: "/usr/bin/caddy", unit: "Environment=HOME=/tmp"},
	{label: "nginx", command: "/usr/sbin/nginx -c /etc/bench/idle.conf",
		address: "127.0.0.1:8304", program: "/usr/sbin/nginx", silent: true},
}

const nginxConf = `daemon off;
worker_processes auto;
events {}
http { server { listen 127.0.0.1:8304; root /srv/bench; } }
`

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	s.Build("./peers/helloready", "./peers/stopwatch")
	s.BuildGind()
	m := s.Boot()
	m.Write("/etc/bench/idle.conf", nginxConf)
	m.Write("/srv/bench/index.html", hello.Text)

	times := measureStarts(s, m, contenders...)
	memory := measureMemory(s, m, contenders...)

	t := report.NewTable("server", "exec to READY=1", "slowest", "× hello world", "idle memory", "program")
	for i, c := range contenders {
		median, slowest, ratio := "–", "–", "–"
		if taken := times[i]; len(taken) > 0 {
			median = report.Duration(sample.Median(taken))
			slowest = report.Duration(sample.Quantile(taken, 1))
			ratio = report.Figure(sample.Ratio(sample.Median(taken), sample.Median(times[0])))
		}
		t.Add(c.label, median, slowest, ratio, report.Bytes(memory[i]), report.Bytes(size(s, m, c.program)))
	}
	return section(m, t)
}

const text = `
%s
Times are medians of %d starts of each, in turns, from exec to the READY=1 that arrives
on a notify socket; nginx does not send one. Memory is the proportional set size (PSS in /proc/PID/smaps_rollup) of all
processes, %s after the first request. Each has its defaults and an address. Programs are stripped; to nginx's come modules
and shared libraries. caddy is %s, nginx %s.

%s`

func section(m *machine.Machine, t *report.Table) string {
	return report.Heading("Start, memory, size", "cd bench && go run . start") + fmt.Sprintf(text,
		lab.Describe(m), starts, idle, lab.PackageVersion(m, "caddy"), lab.PackageVersion(m, "nginx-light"), t)
}

// measureStarts is the times to READY=1 of each contender, none for one that does not say so.
func measureStarts(s *lab.Session, m *machine.Machine, contenders ...contender) [][]time.Duration {
	s.Logf("start: exec to READY=1, %d times each", starts)
	times := make([][]time.Duration, len(contenders))
	var commands []string
	var timed []int
	for i, c := range contenders {
		if !c.silent {
			commands, timed = append(commands, c.command), append(timed, i)
		}
	}
	for n, taken := range lab.TimeStarts(s, m, starts, commands...) {
		times[timed[n]] = taken
	}
	return times
}

// measureMemory is what each contender needs while it is idle, in bytes.
func measureMemory(s *lab.Session, m *machine.Machine, contenders ...contender) (sizes []int64) {
	s.Logf("start: idle memory")
	for i, c := range contenders {
		name := fmt.Sprintf("idle%d", i)
		lab.Start(m, lab.Unit{Name: name, Service: lab.Lines("ExecStart="+c.command, c.unit)})
		lab.Await(m, "http://"+c.address+"/")
	}
	time.Sleep(idle)
	for i := range contenders {
		sizes = append(sizes, proportional(s, m, fmt.Sprintf("bench-idle%d.service", i)))
	}
	return sizes
}

// proportional is the PSS of all processes of a unit, see proc(5).
func proportional(s *lab.Session, m *machine.Machine, unit string) int64 {
	kilobytes := m.Run("cat $(grep -ls " + unit + " /proc/[0-9]*/cgroup | sed 's/cgroup$/smaps_rollup/')" +
		" | awk '/^Pss:/ { sum += $2 } END { print sum }'")
	n, err := strconv.ParseInt(kilobytes, 10, 64)
	s.Must(err)
	return n << 10
}

func size(s *lab.Session, m *machine.Machine, program string) int64 {
	n, err := strconv.ParseInt(m.Run("stat --dereference --format=%s "+program), 10, 64)
	s.Must(err)
	return n
}
