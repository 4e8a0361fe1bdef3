package start

import (
	"fmt"
	"math"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
)

// The budget: what serves stays small, whatever else gind learns to do.
const (
	mostSize   = 34 << 20 // bytes, on disk
	mostMemory = 24 << 20 // bytes, idle
	mostStart  = 4.2      // times hello world's
)

// rounds of starts at the most: what else the host does can only make gind seem slower.
const rounds = 5

// CheckBudget measures gind as Run does, prints the figures beside their limits, and
// names those that are above.
func CheckBudget(s *lab.Session) (above []string) {
	s.Build("./peers/helloready", "./peers/stopwatch")
	s.BuildGind()
	m := s.Boot()

	start := math.Inf(1)
	for round := 0; round < rounds && start > mostStart; round++ {
		times := measureStarts(s, m, helloWorld, gind)
		start = min(start, sample.Ratio(sample.Median(times[1]), sample.Median(times[0])))
	}
	memory := measureMemory(s, m, gind)[0]
	disk := size(s, m, gind.program)

	t := report.NewTable("gind", "measured", "limit")
	check := func(what, measured, limit string, good bool) {
		t.Add(what, measured, limit)
		if !good {
			above = append(above, what)
		}
	}
	check("size on disk", mebibytes(disk), mebibytes(mostSize), disk <= mostSize)
	check("idle memory", mebibytes(memory), mebibytes(mostMemory), memory <= mostMemory)
	check("start", timesHello(start), timesHello(mostStart), start <= mostStart)
	fmt.Println(t)
	return above
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func timesHello(ratio float64) string { return fmt.Sprintf("%.2f × hello world", ratio) }
