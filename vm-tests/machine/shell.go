//go:build linux

package machine

import (
	"context"
	"strings"
	"time"
)

// Result is how a command ended.
type Result struct {
	Output string // standard output and standard error as they came, without the last newline
	Status int    // exit status; -1 if a signal ended it
}

// Shell runs lines of shell as root in a system that is tested.
type Shell struct {
	t     TB
	name  string        // in messages
	limit time.Duration // of a line, so that a test that hangs says where
	exec  func(ctx context.Context, line string) (Result, error)
}

// Try runs a line of shell.
func (s *Shell) Try(line string) Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	result, err := s.exec(ctx, line)
	result.Output = strings.TrimRight(result.Output, "\n")
	if err != nil {
		s.t.Fatalf("%s$ %s: %v\n%s", s.name, line, err, result.Output)
	}
	return result
}

// Run runs a line of shell, and ends the test unless it succeeds. It returns
// what was printed, standard error included.
func (s *Shell) Run(line string) string {
	s.t.Helper()
	return s.Fail(0, line)
}

// Fail runs a line of shell, and ends the test unless the exit status is the
// one that is wanted. It returns what was printed, standard error included.
func (s *Shell) Fail(status int, line string) string {
	s.t.Helper()
	result := s.Try(line)
	if result.Status != status {
		s.t.Fatalf("%s$ %s: exit status %d, want %d\n%s", s.name, line, result.Status, status, result.Output)
	}
	return result.Output
}

// Await runs a line of shell until it succeeds, and ends the test if it does
// not within the time. It returns what was printed.
func (s *Shell) Await(within time.Duration, line string) string {
	s.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		result := s.Try(line)
		if result.Status == 0 {
			return result.Output
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s$ %s: exit status %d for %v\n%s", s.name, line, result.Status, within, result.Output)
		}
	}
}

// Quote makes one word of a text for the shell.
func Quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
