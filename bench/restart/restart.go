// Package restart measures what clients with keep-alive connections notice of a restart.
package restart

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/load"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/vm-tests/machine"
)

const (
	rounds      = 5 // in each, every contender is restarted
	perRound    = 2 // times: ten in all
	rate        = 4000.0
	calm        = 300 * time.Millisecond // before the first restart, to see that all is well
	settle      = 600 * time.Millisecond // from one restart to the next, or the end
	runDeadline = time.Minute
	helloStarts = 25
)

// connections are the sizes of the client's pool.
var connections = []int{100, 1000}

// figures is what all rounds of one contender at one pool size have shown.
type figures struct {
	load.Result
	slowest  []time.Duration // one a round
	restarts []time.Duration // how long the command took
}

// key is a row of the table.
type key struct {
	contender   string
	connections int
}

// measure runs all rounds.
func measure(s *lab.Session, m *machine.Machine) map[key]*figures {
	all := map[key]*figures{}
	for round := range rounds {
		for _, n := range connections {
			for _, c := range contenders {
				if !s.Takes(c.label) {
					continue
				}
				s.Logf("restart: round %d of %d: %s, %d connections", round+1, rounds, c.label, n)
				row := all[key{c.label, n}]
				if row == nil {
					row = new(figures)
					all[key{c.label, n}] = row
				}
				once(s, m, c, n, row)
			}
		}
	}
	return all
}

// once restarts a contender under load.
func once(s *lab.Session, m *machine.Machine, c contender, n int, row *figures) {
	ctx, cancel := context.WithTimeout(context.Background(), runDeadline)
	defer cancel()
	client := load.Client{Dial: m.Dial, Address: c.address(), Path: path, Connections: n, Rate: rate}
	session, err := client.Open(ctx)
	s.Must(err)
	defer session.Close()

	before := processes(m, c)
	results := make(chan load.Result)
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() { results <- session.Run(running) }()

	time.Sleep(calm)
	for range perRound {
		if c.restart != "" {
			begun := time.Now()
			m.Run(c.restart)
			row.restarts = append(row.restarts, time.Since(begun))
		}
		time.Sleep(settle)
	}
	stop()
	result := <-results
	s.Must(restarted(c, before, processes(m, c)))

	row.Add(result)
	row.slowest = append(row.slowest, sample.Quantile(result.Latencies, 1))
}

// processes are the ids of a contender's processes.
func processes(m *machine.Machine, c contender) []string {
	return strings.Fields(m.Run("pgrep --exact " + machine.Quote(c.process)))
}

// restarted checks that a restart was one, and is over: a contender that was
// not restarted would have the best figures of all.
func restarted(c contender, before, after []string) error {
	same := 0
	for _, pid := range after {
		if slices.Contains(before, pid) {
			same++
		}
	}
	if same != c.stays || len(after) == 0 {
		return fmt.Errorf("restart: %s: processes %v before and %v after: %d are the same, want %d", c.label, before, after, same, c.stays)
	}
	return nil
}
