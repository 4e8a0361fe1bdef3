// Package lab is where a benchmark takes place: the programs it compares, a
// Debian system to run them in, and what has to be cleaned up afterwards.
package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Session is one run of a benchmark. What it starts ends with it.
//
// It is a [testing.TB] as far as package machine needs one, since a benchmark
// uses the same machines as the tests do, but is a program: a benchmark that is
// a test would be cached, timed out and hidden among others. Methods of
// testing.TB that are not declared here must not be called.
type Session struct {
	testing.TB

	only     *regexp.Regexp
	dir      string
	cleanups []func()
	failed   bool
}

// failure is what ends a session early.
type failure struct{ error }

// Run runs a benchmark to its end, or to its first failure. only is a regular
// expression for the contenders that take part.
func Run(only string, benchmark func(*Session)) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	s := &Session{only: pattern}
	defer func() {
		cause := recover()
		if end, ok := cause.(failure); ok {
			err = end.error
		} else if cause != nil {
			defer panic(cause)
		}
		s.failed = cause != nil
		s.clean()
	}()
	benchmark(s)
	return nil
}

func (s *Session) clean() {
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
}

// Helper is part of testing.TB.
func (s *Session) Helper() {}

// Cleanup has a function called when the session ends, the latest first.
func (s *Session) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

// Failed says whether the session ends early.
func (s *Session) Failed() bool { return s.failed }

// Logf tells the one who waits what is going on; standard output is the report's.
func (s *Session) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Fatalf ends the session. It must be called from the benchmark's goroutine.
func (s *Session) Fatalf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// Must ends the session if there is an error.
func (s *Session) Must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// Takes says whether a contender takes part.
func (s *Session) Takes(label string) bool { return s.only.MatchString(label) }

// Dir is a folder of the session's own. It is mounted in the session's machines.
func (s *Session) Dir() string {
	if s.dir != "" {
		return s.dir
	}
	dir, err := os.MkdirTemp("", "gind-bench-")
	s.Must(err)
	s.Must(os.Chmod(dir, 0o755))
	s.Cleanup(func() { _ = os.RemoveAll(dir) })
	s.dir = dir
	return dir
}

// Repository is the root of gind's source, above the module of the benchmarks.
func Repository() (string, error) {
	for dir, err := os.Getwd(); ; dir = filepath.Dir(dir) {
		if err != nil {
			return "", fmt.Errorf("lab: %w", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "bench", "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("lab: run this in gind's source tree: no folder above has a bench/go.mod")
		}
	}
}
