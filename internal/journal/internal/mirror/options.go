package mirror

import (
	"time"

	"github.com/gind/gind/internal/journal/line"
)

// Options says what stands in the per-level files.
type Options struct {
	// Dir is the directory of debug.log, info.log, warn.log and error.log. It
	// is made if it does not exist. Empty: no mirror.
	Dir string

	// Mode says which records the files get. Default: Fallback.
	Mode Mode

	// Format is how they are written. Default: FormatJSON.
	Format line.Format

	// MaxSize is the size in bytes at which a file is rotated. 0 is
	// DefaultMaxSize; a negative size leaves rotation to others (logrotate), who call Reopen.
	MaxSize int64

	// MaxTotal bounds the disk use of all files together, in bytes. 0 is DefaultMaxTotal.
	MaxTotal int64

	// MaxAge is how long a rotated file is kept; a file is rotated when its
	// oldest record is as old as this, and each day at the latest. 0 is DefaultMaxAge.
	MaxAge time.Duration
}

// Defaults of Options.
const (
	// DefaultMaxSize is the size in bytes at which a file of the mirror is rotated.
	DefaultMaxSize = 64 << 20

	// DefaultMaxTotal bounds the disk use of the whole mirror, in bytes.
	DefaultMaxTotal = 1 << 30

	// DefaultMaxAge is how long a rotated file is kept.
	DefaultMaxAge = 7 * 24 * time.Hour
)

// normal is o with its defaults.
func (o Options) normal() Options {
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.MaxTotal <= 0 {
		o.MaxTotal = DefaultMaxTotal
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	return o
}

// Off is whether there is nothing to mirror.
func (o Options) Off() bool { return o.Dir == "" || o.Mode == Off }
