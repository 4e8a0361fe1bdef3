package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gind/gind/internal/config"
)

// Exit statuses of every gind program. ExitConfig is EX_CONFIG of sysexits(3).
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
	ExitConfig  = 78
)

// ConfigError marks an error as a mistake in the config: exit status 78.
type ConfigError struct {
	Err error
	// Mistakes, where they are known one by one.
	Mistakes []*config.Mistake
}

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap gives the mistakes themselves.
func (e *ConfigError) Unwrap() error { return e.Err }

// Reported marks an error that has been told already, in the log for example:
// it sets the exit status and is not printed again.
type Reported struct{ Err error }

func (e *Reported) Error() string { return e.Err.Error() }

// Unwrap gives the error that was told.
func (e *Reported) Unwrap() error { return e.Err }

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage marks an error as a wrong call: exit status 2.
func Usage(err error) error { return usageError{err} }

// ExitStatus of a command that returned err.
func ExitStatus(err error) int {
	var own interface{ ExitStatus() int }
	switch {
	case errors.As(err, &own):
		return own.ExitStatus()
	case err == nil:
		return ExitOK
	case isA[usageError](err):
		return ExitUsage
	case isA[*ConfigError](err):
		return ExitConfig
	default:
		return ExitFailure
	}
}

func isA[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

// report prints an error that nobody has told yet.
func (p *Program) report(err error) {
	if err == nil || isA[*Reported](err) {
		return
	}
	text := fmt.Sprintf("%s: %v", p.Name, err)
	if isA[*ConfigError](err) {
		text = err.Error()
	}
	if isA[usageError](err) {
		text += fmt.Sprintf("\nSee \"%s --help\".", p.Name)
	}
	fmt.Fprintln(p.Err, prefixed(strings.TrimRight(text, "\n")))
}

// prefixed gives each line the syslog level of an error where standard error is
// connected to the journal (sd-daemon(3)), so that "journalctl -p err" has it.
func prefixed(text string) string {
	if os.Getenv("JOURNAL_STREAM") == "" || os.Getenv("INVOCATION_ID") == "" {
		return text
	}
	return "<3>" + strings.ReplaceAll(text, "\n", "\n<3>")
}
