package command

import (
	"strings"

	"github.com/gind/gind/internal/config"
)

// BadConfig gives mistakes the exit status of a bad config, and the lines they
// stand on. Another error stays what it is.
func BadConfig(err error) error {
	mistakes := config.Mistakes(err)
	if len(mistakes) == 0 {
		return err
	}
	return &ConfigError{Err: explained{err}, Mistakes: mistakes}
}

// explained shows mistakes with their lines of the file.
type explained struct{ error }

func (e explained) Error() string { return strings.TrimRight(config.Explain(e.error), "\n") }
func (e explained) Unwrap() error { return e.error }
