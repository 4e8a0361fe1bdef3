// Command gotest runs the unit tests of every module of the tree as "go test"
// does, whose arguments it takes, prints what "go test" prints, and says at the
// end what was skipped and why. With "-run NAME" it asks only the packages that
// have such a test, and a name that matches none is a mistake: status 2.
//
// It is called by tools/unit-test, at the root of the tree.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// modules of the tree: gind, the benchmarks, the tools.
var modules = []string{".", "bench", "tools"}

func main() {
	begun := time.Now()
	report, err := run(os.Args[1:], os.Stdout)
	var wrong *noMatch
	switch {
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "unit-test:", err)
		os.Exit(2)
	case err != nil && !report.failed:
		fmt.Fprintln(os.Stderr, "unit-test:", err)
		os.Exit(1)
	case report.failed:
		report.summarize(os.Stdout)
		fmt.Println("FAIL")
		os.Exit(1)
	}
	report.summarize(os.Stdout)
	fmt.Printf("ok  \tgithub.com/gind/gind/...\t%.3fs\n", time.Since(begun).Seconds())
}

// run tests the modules, all of them even if one fails.
func run(args []string, w io.Writer) (*report, error) {
	name := pattern(args)
	r := newReport(w, name)
	var errs []error
	for _, module := range modules {
		packages := []string{"./..."}
		if name != "" {
			var err error
			if packages, err = packagesWith(module, name); err != nil {
				return r, err
			}
		}
		if len(packages) > 0 {
			errs = append(errs, goTest(r, module, append(args, packages...)))
		}
	}
	err := errors.Join(errs...)
	if err == nil && name != "" && !r.matched {
		return r, &noMatch{name}
	}
	return r, err
}

// noMatch is a name that no test has.
type noMatch struct{ name string }

func (e *noMatch) Error() string {
	return fmt.Sprintf("no test matches %q: it is a regular expression for names of tests, as with go test -run", e.name)
}

// goTest tests packages of a module and reports what happens.
func goTest(r *report, module string, args []string) error {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir, cmd.Stderr = module, os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = r.read(events)
	return errors.Join(err, cmd.Wait())
}
