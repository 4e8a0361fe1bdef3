package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of "go test -json", see "go doc test2json".
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// report prints events as "go test" would have printed them, without -v, and keeps
// what it would not have said: which tests were skipped.
type report struct {
	w       io.Writer
	depth   int // how many levels of subtests the pattern names
	named   bool
	open    map[string][]event // of each package that is not done, what happened in it
	skipped []string
	matched bool // a test as deep as the pattern has run
	failed  bool
}

func newReport(w io.Writer, pattern string) *report {
	return &report{w: w, named: pattern != "", depth: strings.Count(pattern, "/"), open: map[string][]event{}}
}

func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.take(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Fprintf(r.w, "%s", line) // the go command itself
		return
	}
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.w, e.Output)
	case e.Action == "build-fail":
		r.failed = true
	case e.Test != "" || e.Action == "output":
		r.matched = r.matched || e.Action == "run" && strings.Count(e.Test, "/") >= r.depth
		r.open[e.Package] = append(r.open[e.Package], e)
	case e.Action == "pass" || e.Action == "skip" || e.Action == "fail":
		r.close(e)
	}
}

// close prints what a package that is done has to say.
func (r *report) close(end event) {
	happened := r.open[end.Package]
	delete(r.open, end.Package)
	ended := map[string]string{}
	for _, e := range happened {
		if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
			ended[e.Test] = e.Action
		}
		if e.Action == "skip" {
			r.skipped = append(r.skipped, fmt.Sprintf("%s %s: %s", end.Package, e.Test, reason(happened, e.Test)))
		}
	}
	failed := end.Action == "fail"
	r.failed = r.failed || failed
	for _, e := range happened {
		if e.Action != "output" || !r.shown(e, failed) {
			continue
		}
		if e.Test == "" || ended[e.Test] != "pass" && ended[e.Test] != "skip" {
			fmt.Fprint(r.w, e.Output)
		}
	}
}

// shown says whether "go test" shows a line of a package.
func (r *report) shown(e event, failed bool) bool {
	if failed {
		return !strings.HasPrefix(e.Output, "=== ")
	}
	last := strings.HasPrefix(e.Output, "ok  \t") || strings.HasPrefix(e.Output, "?   \t")
	none := strings.Contains(e.Output, "[no test files]") || strings.Contains(e.Output, "[no tests to run]")
	return e.Test == "" && last && (!r.named || !none)
}

// reason is what a test said when it was skipped, with the file and the line.
func reason(happened []event, test string) string {
	var said []string
	for _, e := range happened {
		line := strings.TrimSpace(e.Output)
		if e.Test == test && e.Action == "output" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") && line != "" {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "without a reason"
	}
	return said[len(said)-1]
}

// summarize lists what was skipped.
func (r *report) summarize(w io.Writer) {
	if len(r.skipped) == 0 {
		return
	}
	slices.Sort(r.skipped)
	fmt.Fprintf(w, "skipped: %d\n", len(r.skipped))
	for _, line := range r.skipped {
		fmt.Fprintf(w, "  %s\n", strings.TrimPrefix(line, "github.com/gind/gind/"))
	}
}
