// Package serve measures how many requests a second servers answer, and how fast.
package serve

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/load"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

const (
	rounds      = 5
	connections = 64
	warmUp      = 1 * time.Second // before the first round
	duration    = 3 * time.Second // of each measurement
)

// root is a folder with the file that is served, in the machine.
const (
	root     = "/srv/bench"
	fileName = "page.html"
	fileSize = 10 << 10
)

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	s.Build("./peers/gin", "./peers/gind-hello")
	s.BuildGind()

	m := s.Boot()
	lab.Pin(m)
	m.Write(root+"/"+fileName, strings.Repeat("0123456789abcdef", fileSize/16))

	b := bench{s, m}
	return b.section(
		b.compare(handlers, "/hello", lab.OnLoadCores()),
		b.compare(sharing, "/hello", ""),
		b.compare(files, "/"+fileName, lab.OnLoadCores()),
		b.compare(filesUnlogged, "/"+fileName, lab.OnLoadCores()))
}

// bench is where everything is measured.
type bench struct {
	*lab.Session
	m *machine.Machine
}

// run is one measurement of a server.
type run struct {
	load.Wrk
	cpu     time.Duration // of the server and of journald, for a request
	journal time.Duration // journald's part
}

// compare puts each server under the same load, round after round. cores begins
// wrk's line of shell.
func (b bench) compare(all []contender, path, cores string) *report.Table {
	servers := slices.DeleteFunc(slices.Clone(all), func(c contender) bool { return !b.Takes(c.label) })
	for _, c := range servers {
		c.start(b.Session, b.m, c)
		lab.Await(b.m, c.url(path))
		b.measure(c, path, cores, warmUp)
	}
	runs := make([][]run, len(servers))
	for round := range rounds {
		for i, c := range servers {
			b.Logf("serve: round %d of %d: %s", round+1, rounds, c.label)
			measured := b.measure(c, path, cores, duration)
			if measured.Errors > 0 {
				b.Fatalf("serve: %s: %d errors", c.label, measured.Errors)
			}
			runs[i] = append(runs[i], measured)
		}
	}
	return table(servers, runs)
}

func (b bench) measure(c contender, path, cores string, duration time.Duration) run {
	unit, journald := "bench-"+c.name+".service", "systemd-journald.service"
	serverBefore, journalBefore := b.CPUTime(b.m, unit), b.CPUTime(b.m, journald)
	output := b.m.Run(cores + load.WrkCommand(c.url(path), 1, connections, duration))
	journal := b.CPUTime(b.m, journald) - journalBefore
	server := b.CPUTime(b.m, unit) - serverBefore

	parsed, err := load.ParseWrk(output)
	b.Must(err)
	n := time.Duration(max(parsed.Requests, 1))
	return run{parsed, (server + journal) / n, journal / n}
}

func table(servers []contender, runs [][]run) *report.Table {
	t := report.NewTable("server", "requests/s", "ratio", "p50", "p99", "CPU a request", "ratio", "journald's part")
	rate := func(r run) float64 { return r.Rate }
	cpu := func(r run) time.Duration { return r.cpu }
	for i, c := range servers {
		t.Add(c.label,
			report.Count(median(runs[i], rate)), sample.Ratio(median(runs[i], rate), median(runs[0], rate)),
			median(runs[i], func(r run) time.Duration { return r.P50 }),
			median(runs[i], func(r run) time.Duration { return r.P99 }),
			median(runs[i], cpu), sample.Ratio(median(runs[i], cpu), median(runs[0], cpu)),
			median(runs[i], func(r run) time.Duration { return r.journal }))
	}
	return t
}

func median[N sample.Number](runs []run, figure func(run) N) N {
	var figures []N
	for _, r := range runs {
		figures = append(figures, figure(r))
	}
	return sample.Median(figures)
}

const text = `
%s
wrk %s asks on %d connections for %s at a time; the figures are medians of %d rounds. Beside requests/s
stands the processor time that the server and journald have used for a request. Ratios are to the first row.

Servers have %d of the cores, journald included, and wrk has the others. Were the cores shared, a faster server would
get less of them, because it makes more work for wrk; and a log that journald writes would cost nothing that shows.
gind runs in the unit of its package, with its sandbox and its filter of system calls; the others run without.

### The same handler

%s
It answers with six bytes. gind's chain is recovery, request id, access log, time limits, CORS, body limit and metrics;
gin.Default's is recovery and access log. As it comes, gind gives journald up to 500 records a second and writes the
others to the files of its mirror. The second row shows what a microsecond does to requests/s here: a server that is a
little slower finds wrk asleep more often, and has to wake it. Gin is %s, slog-journal %s.

On all cores, shared with wrk:

%s
### One file

%s, read from the page cache, with an access log: nginx's and caddy's to a file, gind's as it comes. nginx is %s,
caddy %s.

%s
The same without access logs:

%s`

func (b bench) section(hello, shared, file, unlogged *report.Table) string {
	return report.Heading("Requests a second", "cd bench && go run . serve") + fmt.Sprintf(text,
		lab.Describe(b.m), lab.PackageVersion(b.m, "wrk"), connections, duration, rounds, lab.ServerCores(),
		hello, b.ModuleVersion("gin", "github.com/gin-gonic/gin"), b.ModuleVersion("gin", "github.com/systemd/slog-journal"),
		shared,
		report.Bytes(fileSize), lab.PackageVersion(b.m, "nginx-light"), lab.PackageVersion(b.m, "caddy"), file, unlogged)
}
