package restart

import (
	"fmt"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	s.Build("./peers/gind-hello", "./peers/nethttp", "./peers/tableflip", "./peers/endless", "./peers/grace",
		"./peers/overseer", "./peers/helloready", "./peers/stopwatch", "./peers/listening")
	m := s.Boot()
	start(s, m)
	b := baseline{
		hello:    lab.TimeStarts(s, m, helloStarts, lab.Mounted+"/helloready -address 127.0.0.1:8110")[0],
		sandbox:  measureSandbox(s, m),
		parking:  measureParking(s, m),
		tracking: measureTracking(s, m),
	}
	restarts := table(measure(s, m))
	b.streams = measureStreams(s, m)
	return section(s, m, restarts, b)
}

// baseline is what a restart cannot do without.
type baseline struct {
	hello    []time.Duration // a hello-world service's start
	sandbox  []time.Duration // the same in gind's unit
	parking  []time.Duration // of a crowd
	tracking *report.Table
	streams  *report.Table
}

// measureSandbox is how long a hello-world service takes to start in gind's unit.
func measureSandbox(s *lab.Session, m *machine.Machine) []time.Duration {
	s.StartAsGind(m, "sandbox", "helloready -address 127.0.0.1:8109", "WatchdogSec=0")
	return lab.TimeRestarts(s, m, helloStarts, "bench-sandbox.service")
}

const text = `
%s
A client of the benchmark's own, outside of it, sends %.0f requests a second on 100 and on 1,000 keep-alive
connections, each in its turn. It looks whether a connection was closed before it sends on it, as a good proxy does, and
repeats nothing. Every contender is restarted %d times, twice in each of %d rounds.

- *failed*: requests that were sent and got no answer or another than 200. A client that does not look first, as wrk,
  has one for nearly each closed connection.
- *closed*: connections that the server closed, with or without saying so before.
- *slowest*: the median of the rounds' slowest requests, from when they were due; then the slowest of all.
- *command*: how long the command took.

%s
nginx is %s, caddy %s, haproxy %s; tableflip %s, endless %s, grace %s, overseer %s. The four libraries run as
their documentation shows; overseer cuts the connections of its last child after 30 s, here after %s, so that it is seen.

And while %d connections that were taken over as WebSockets are, %d streams of events and requests of %s to %s are
open, none of which looks whether the service stops. Each service waits %s for them (net/http: TimeoutStopSec=). The
slowest of the short requests on %d connections, the median of %d rounds:

%s
What a restart cannot do without: a hello-world net/http service takes %s from exec to READY=1 in this machine, and
%s in gind's unit, from fork, since systemd makes the sandbox first. gind parked %s idle connections in
%s, from SIGTERM (median of %d), and all of them were alive after the restart.

What it costs to have connections that can be parked, by wrk on %d connections, medians of %d rounds of %s on shared cores:

%s`

func section(s *lab.Session, m *machine.Machine, t *report.Table, b baseline) string {
	return report.Heading("Restarts under load", "cd bench && go run . restart") + fmt.Sprintf(text,
		lab.Describe(m), rate, rounds*perRound, rounds, t,
		lab.PackageVersion(m, "nginx-light"), lab.PackageVersion(m, "caddy"), lab.PackageVersion(m, "haproxy"),
		s.ModuleVersion("tableflip", "github.com/cloudflare/tableflip"), s.ModuleVersion("endless", "github.com/fvbock/endless"),
		s.ModuleVersion("grace", "github.com/facebookgo/grace"), s.ModuleVersion("overseer", "github.com/jpillora/overseer"), cut,
		sockets, eventStreams, slowRequests[0], slowRequests[len(slowRequests)-1], streamTimeout, streamConns, streamRounds, b.streams,
		report.Duration(sample.Median(b.hello)), report.Duration(sample.Median(b.sandbox)),
		report.Count(crowd), report.Duration(sample.Median(b.parking)), parkingRounds,
		trackingConnections, trackingRounds, trackingTime, b.tracking)
}

// start starts all contenders; those that are not measured are idle.
func start(s *lab.Session, m *machine.Machine) {
	s.InstallGind(m, "gind-hello")
	lab.Start(m, units()...)
	for _, c := range contenders {
		lab.Await(m, "http://"+c.address()+path)
	}
}

func table(all map[key]*figures) *report.Table {
	t := report.NewTable("restarted ten times", "connections", "requests", "failed", "closed", "slowest", "slowest of all", "p99.9", "command")
	for _, n := range connections {
		for _, c := range contenders {
			row := all[key{c.label, n}]
			if row == nil {
				continue
			}
			took := "–"
			if len(row.restarts) > 0 {
				took = report.Duration(sample.Median(row.restarts))
			}
			t.Add(c.label, report.Count(n), report.Count(len(row.Latencies)+row.Failed), report.Count(row.Failed), report.Count(row.Closed),
				sample.Median(row.slowest), worst(row.slowest), sample.Quantile(row.Latencies, 0.999), took)
		}
	}
	return t
}

func worst(values []time.Duration) time.Duration { return sample.Quantile(values, 1) }
