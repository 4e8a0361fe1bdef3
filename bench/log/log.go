// Package log measures what a record costs whoever logs it, and how long it
// takes until it can be read: in the journal, and in files.
package log

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/log/result"
	"github.com/gind/gind/vm-tests/machine"
)

const rounds = 5

// contender is a library, and where it logs to; see peers/logger.
type contender struct {
	label   string
	library string
	to      string
}

var (
	discard = contender{"slog JSON handler to io.Discard (for comparison)", "discard", "journal"}
	floor   = contender{"one write of prepared bytes (the floor)", "floor", "journal"}
)

// journals have the ones first that the others are measured by.
var journals = []contender{
	discard,
	floor,
	{"**gind**, as it comes", "gind", "journal"},
	{"**gind**, governor off", "gind-ungoverned", "journal"},
	{"**gind**, governor off, ring of 64 MiB", "gind-all", "journal"},
	{"systemd/slog-journal", "slog-journal", "journal"},
	{"coreos/go-systemd journal", "go-systemd", "journal"},
	{"ssgreg/journald", "ssgreg", "journal"},
	{"zerolog journald", "zerolog", "journal"},
	{"phuslu/log JournalWriter", "phuslu", "journal"},
	{"phuslu/log AsyncWriter, JournalWriter", "phuslu-async", "journal"},
}

// files have the ones first that the others are measured by.
var files = []contender{
	{"zap, lumberjack", "zap", "written"},
	{"zerolog, lumberjack", "zerolog", "written"},
	{"slog JSON, lumberjack", "slog", "written"},
	{"phuslu/log FileWriter", "phuslu", "written"},
	{"**gind**, mirror, at error", "gind", "written"},
	{"zap, BufferedWriteSyncer, lumberjack", "zap", "buffered"},
	{"phuslu/log AsyncWriter, FileWriter", "phuslu", "buffered"},
	{"**gind**, mirror, below error", "gind", "buffered"},
}

// flood is how many records are logged without a pause.
func (c contender) flood() int {
	if c.to == "journal" {
		return result.Flood
	}
	return result.FileFlood
}

// figures is what all rounds of a contender have shown.
type figures struct {
	calls         []time.Duration
	bytes, allocs []float64
	floods        []time.Duration
	journal, file int // records of all floods that were found there
	sent          int
}

// Run measures and returns the section of the report.
func Run(s *lab.Session) string {
	s.Build("./peers/logger")
	m := s.Boot()
	inJournal := compare(s, m, journals)
	inFiles := compare(s, m, files)
	return section(s, m, inJournal, inFiles)
}

func compare(s *lab.Session, m *machine.Machine, all []contender) map[contender]*figures {
	found := map[contender]*figures{}
	for round := range rounds {
		for _, c := range all {
			if !s.Takes(c.label) {
				continue
			}
			s.Logf("log: round %d of %d: %s", round+1, rounds, c.label)
			if found[c] == nil {
				found[c] = new(figures)
			}
			once(s, m, c, found[c])
		}
	}
	return found
}

// once runs a contender in a service of its own, without journald's limit of its rate.
func once(s *lab.Session, m *machine.Machine, c contender, f *figures) {
	run := fmt.Sprintf("run-%d", time.Now().UnixNano())
	dir := "/var/log/bench/" + run
	m.Run("mkdir -p " + dir + "/burst " + dir + "/flood")
	printed := m.Run(fmt.Sprintf("systemd-run --quiet --pipe --wait --property=%s "+
		"%s/logger -library %s -to %s -run %s -dir %s", lab.NoRateLimit, lab.Mounted, c.library, c.to, run, dir))
	var measured result.Measured
	if err := json.Unmarshal([]byte(printed), &measured); err != nil {
		s.Fatalf("log: %s printed %q: %v", c.library, printed, err)
	}
	f.calls = append(f.calls, measured.Calls...)
	f.bytes = append(f.bytes, measured.Bytes...)
	f.allocs = append(f.allocs, measured.Allocs...)
	f.floods = append(f.floods, measured.Flood)
	f.sent += c.flood()
	if c.to == "journal" {
		f.journal += count(s, m, "journalctl --output=cat BENCH_RUN="+run+" | wc -l")
	}
	f.file += count(s, m, "find "+dir+"/flood -type f | xargs --no-run-if-empty cat | grep --count 'bench_run.*"+run+"'; true")
	m.Run("rm -rf " + dir)
}

func count(s *lab.Session, m *machine.Machine, line string) int {
	n, err := strconv.Atoi(m.Run(line))
	s.Must(err)
	return n
}
