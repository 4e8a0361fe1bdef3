package restart

import (
	"fmt"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/load"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

// What tracking costs is a few parts in a hundred, so it takes more and shorter
// rounds than a comparison of servers does.
const (
	trackingRounds      = 15
	trackingTime        = time.Second
	trackingConnections = 64
)

// trackers are net/http without and with what makes connections parkable.
var trackers = []struct {
	label, name, flags string
	port               int
}{
	{"net/http, its own listener", "untracked", "", 8111},
	{"net/http, gind's listener", "tracked", "-tracked", 8112},
}

// measureTracking compares the requests a second of net/http on its own
// listener and on gind's.
func measureTracking(s *lab.Session, m *machine.Machine) *report.Table {
	s.Logf("restart: what tracking connections costs")
	url := func(port int) string { return fmt.Sprintf("http://127.0.0.1:%d%s", port, path) }
	for _, t := range trackers {
		lab.Start(m, lab.Unit{Name: t.name, Service: lab.Lines(
			fmt.Sprintf("ExecStart=%s/listening -address 127.0.0.1:%d %s", lab.Mounted, t.port, t.flags))})
		lab.Await(m, url(t.port))
	}
	rates, costs := make([][]float64, len(trackers)), make([][]time.Duration, len(trackers))
	for round := range trackingRounds {
		for n := range trackers {
			i := (n + round) % len(trackers) // so that none always comes first
			unit := "bench-" + trackers[i].name + ".service"
			before := s.CPUTime(m, unit)
			run, err := load.ParseWrk(m.Run(load.WrkCommand(url(trackers[i].port), 1, trackingConnections, trackingTime)))
			s.Must(err)
			rates[i] = append(rates[i], run.Rate)
			costs[i] = append(costs[i], (s.CPUTime(m, unit)-before)/time.Duration(max(run.Requests, 1)))
		}
	}
	table := report.NewTable("listener", "requests/s", "ratio", "quartiles", "CPU a request", "ratio")
	for i, t := range trackers {
		table.Add(t.label, report.Count(sample.Median(rates[i])), ratio(rates[i], rates[0]),
			report.Count(sample.Quantile(rates[i], 0.25))+"–"+report.Count(sample.Quantile(rates[i], 0.75)),
			sample.Median(costs[i]), ratio(costs[i], costs[0]))
	}
	return table
}

// ratio is that of medians, with three digits: it is about 1.
func ratio[N sample.Number](values, others []N) string {
	return fmt.Sprintf("%.3f", sample.Ratio(sample.Median(values), sample.Median(others)))
}
