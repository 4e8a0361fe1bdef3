package log

import (
	"fmt"
	"time"

	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/internal/sample"
	"github.com/gind/gind/bench/log/result"
	"github.com/gind/gind/vm-tests/machine"
)

func journalTable(found map[contender]*figures) *report.Table {
	t := report.NewTable("to the journal", "caller, a record", "ratio", "allocated", "allocations",
		"records/s, readable", "ratio", "in the journal", "in the mirror", "lost")
	for _, c := range journals {
		f := found[c]
		if f == nil {
			continue
		}
		row := []any{c.label, f.call(), ratio(f, found[discard], figures.call), f.memory(), sample.Median(f.allocs)}
		if c != discard {
			row = append(row, report.Count(f.rate()), ratio(f, found[floor], figures.rate),
				percent(f.journal, f.sent), percent(f.file, f.sent), report.Count(f.sent-f.journal-f.file))
		}
		t.Add(row...)
	}
	return t
}

func fileTable(found map[contender]*figures, to string) *report.Table {
	t := report.NewTable("to files", "caller, a record", "ratio", "allocated", "allocations", "records/s, in the file", "ratio", "lost")
	var first *figures
	for _, c := range files {
		f := found[c]
		if f == nil || c.to != to {
			continue
		}
		if first == nil {
			first = f
		}
		t.Add(c.label, f.call(), ratio(f, first, figures.call), f.memory(), sample.Median(f.allocs),
			report.Count(f.rate()), ratio(f, first, figures.rate), report.Count(f.sent-f.file))
	}
	return t
}

// call is what a record costs its caller.
func (f figures) call() time.Duration { return sample.Median(f.calls) }

// rate is how many records a second could be read, until the last one could.
func (f figures) rate() float64 {
	return float64(f.sent/len(f.floods)) / sample.Median(f.floods).Seconds()
}

// memory is what was allocated for a record.
func (f figures) memory() string { return report.Bytes(int64(sample.Median(f.bytes))) }

// ratio compares a figure with another contender's, if that has taken part.
func ratio[N sample.Number](f, other *figures, figure func(figures) N) string {
	if other == nil {
		return ""
	}
	return report.Figure(sample.Ratio(figure(*f), figure(*other)))
}

func percent(n, of int) string { return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(of)) }

const text = `
%s
Each library logs the record of a request, with five typed
attributes and two that are bound to the logger, from one goroutine, in a process of its own; %d rounds in turns.

- *caller*: what a call takes, the median of bursts of %d records with pauses between them. journald's queue holds 512, so
  that a library which sends each record itself waits for journald.
- *allocated*, *allocations*: for a record, in the whole process.
- *records/s*: %s records without a pause, until the last can be read: for the journal, until journalctl --sync has
  returned; for files %s. Then they are counted where they should be.
- *ratio*: the caller's cost to that of slog's JSON handler, records/s to those of the floor; for files, to zap's.

### To the journal

journald keeps the journal in memory here, and drops nothing for its own rate limit. The floor writes the very bytes that
gind sends, made beforehand, each with one system call.

%s
As it comes, gind gives journald up to 500 records a second and the mirror the others; what journald does not take in
time goes there too. A ring of 64 MiB holds the whole flood, so that all of it goes to journald: how fast gind's writer is.
systemd/slog-journal is %s, go-systemd %s, ssgreg/journald %s, zerolog %s, phuslu/log %s.

### To files

In the file, in the kernel's cache, when the call returns: the record survives the process.

%s
In memory when the call returns, and written soon:

%s
zap is %s, lumberjack %s.
`

func section(s *lab.Session, m *machine.Machine, inJournal, inFiles map[contender]*figures) string {
	version := func(module string) string { return s.ModuleVersion("logger", module) }
	return report.Heading("Records", "cd bench && go run . log") + fmt.Sprintf(text,
		lab.Describe(m), rounds, result.Burst, report.Count(result.Flood), report.Count(result.FileFlood), journalTable(inJournal),
		version("github.com/systemd/slog-journal"), version("github.com/coreos/go-systemd/v22"), version("github.com/ssgreg/journald"),
		version("github.com/rs/zerolog"), version("github.com/phuslu/log"),
		fileTable(inFiles, "written"), fileTable(inFiles, "buffered"),
		version("go.uber.org/zap"), version("gopkg.in/natefinch/lumberjack.v2"))
}
