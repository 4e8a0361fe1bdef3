// Command bench measures gind beside its peers. It prints what it found as
// Markdown and writes it to the benchmark's own section of docs/benchmarks.md.
//
//	go run . serve      requests a second, with access log, beside Gin, caddy and nginx
//	go run . start      time from exec to READY=1, idle memory, size of the program
//	go run . restart    what clients notice of restarts and upgrades, beside eight others
//	go run . log        what a record costs its caller, and how fast it reaches journal and files
//	go run . supervise  what it costs to have programs kept running, beside systemd and three others
//	go run . config     what reading a live setting costs, and reloading a thousand
//	go run . budget     no section: fails if gind starts too slowly, needs too much memory or is too large
//
// Several may be named, and "go run ." is all but the last of them. "config" takes seconds and
// "start" half a minute, the others three to five. But for those of "config", all
// contenders run as services of a Debian machine in a container that ends with
// the benchmark, which takes root on Linux and Debian's packages systemd-container
// and mmdebstrap.
//
// The host should have nothing else to do. Where it has, the processor time of
// a request and the figures of failed requests and closed connections still hold.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gind/gind/bench/config"
	"github.com/gind/gind/bench/internal/lab"
	"github.com/gind/gind/bench/internal/report"
	"github.com/gind/gind/bench/log"
	"github.com/gind/gind/bench/restart"
	"github.com/gind/gind/bench/serve"
	"github.com/gind/gind/bench/start"
	"github.com/gind/gind/bench/supervise"
)

// benchmark is a section of the report and what fills it.
type benchmark struct {
	name string
	run  func(*lab.Session) string
}

var benchmarks = []benchmark{
	{"serve", serve.Run},
	{"start", start.Run},
	{"restart", restart.Run},
	{"log", log.Run},
	{"supervise", supervise.Run},
	{"config", config.Run},
}

func main() {
	only := flag.String("only", "", "measure only contenders whose names match the `regexp`; the page is left alone")
	page := flag.String("page", "", "`file` to write sections to (default docs/benchmarks.md)")
	flag.Usage = usage
	flag.Parse()

	if err := run(*page, *only, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: go run . [flags] [serve] [start] [restart] [log] [supervise] [config]\n       go run . budget")
	flag.PrintDefaults()
}

func run(page, only string, names []string) error {
	if slices.Equal(names, []string{"budget"}) {
		return checkBudget()
	}
	for _, name := range names {
		if !slices.ContainsFunc(benchmarks, func(b benchmark) bool { return b.name == name }) {
			return fmt.Errorf("there is no benchmark %q", name)
		}
	}
	if page == "" {
		root, err := lab.Repository()
		if err != nil {
			return err
		}
		page = filepath.Join(root, "docs", "benchmarks.md")
	}
	for _, b := range benchmarks {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		section, err := measure(b, only)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		fmt.Println(section)
		if only != "" {
			continue
		}
		if err := report.Replace(page, b.name, section); err != nil {
			return err
		}
	}
	return nil
}

func checkBudget() error {
	var above []string
	err := lab.Run("", func(s *lab.Session) { above = start.CheckBudget(s) })
	if err == nil && len(above) > 0 {
		err = fmt.Errorf("gind is above its budget: %s (as for start, the host should have nothing else to do)", strings.Join(above, ", "))
	}
	return err
}

func measure(b benchmark, only string) (section string, err error) {
	err = lab.Run(only, func(s *lab.Session) { section = b.run(s) })
	return section, err
}
