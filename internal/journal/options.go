package journal

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Target says where records go first.
type Target int

// The targets.
const (
	// Auto is Journald where systemd runs the service, else Text on a terminal, else JSON.
	Auto Target = iota
	// Journald is journald's native protocol. Linux only.
	Journald
	// Text is coloured lines on standard error, for people.
	Text
	// JSON is one JSON object a line on standard error, for containers.
	JSON
)

var targetNames = [...]string{"auto", "journal", "text", "json"}

// ParseTarget reads auto, journal, text or json.
func ParseTarget(s string) (Target, error) {
	for i, name := range targetNames {
		if s == name {
			return Target(i), nil
		}
	}
	return Auto, fmt.Errorf("journal: target %q: not one of auto, journal, text, json", s)
}

// String is the name that ParseTarget reads.
func (t Target) String() string { return nameOf(targetNames[:], int(t)) }

// Mode says which records the mirror gets.
type Mode int

// The modes of the mirror.
const (
	// Fallback: only what the target did not take in time, or was not given (the governor).
	Fallback Mode = iota
	// Always: every record.
	Always
	// Off: none. What the target does not take is lost, and counted.
	Off
)

var modeNames = [...]string{"fallback", "always", "off"}

// ParseMode reads fallback, always or off.
func ParseMode(s string) (Mode, error) {
	for i, name := range modeNames {
		if s == name {
			return Mode(i), nil
		}
	}
	return Fallback, fmt.Errorf("journal: mirror %q: not one of fallback, always, off", s)
}

// String is the name that ParseMode reads.
func (m Mode) String() string { return nameOf(modeNames[:], int(m)) }

// Format is how the mirror writes a record.
type Format int

// The formats of the mirror.
const (
	// FormatJSON is one JSON object a line.
	FormatJSON Format = iota
	// FormatLogfmt is key=value pairs, as slog's text handler writes them.
	FormatLogfmt
)

var formatNames = [...]string{"json", "logfmt"}

// ParseFormat reads json or logfmt.
func ParseFormat(s string) (Format, error) {
	for i, name := range formatNames {
		if s == name {
			return Format(i), nil
		}
	}
	return FormatJSON, fmt.Errorf("journal: mirror format %q: not one of json, logfmt", s)
}

// String is the name that ParseFormat reads.
func (f Format) String() string { return nameOf(formatNames[:], int(f)) }

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown (%d)", i)
	}
	return names[i]
}

// Defaults of Options.
const (
	// DefaultSocket is where journald listens for its native protocol.
	DefaultSocket = "/run/systemd/journal/socket"

	// DefaultRate is the governor's rate, in records a second. journald needs 50 µs
	// for a record with few fields and 100 µs for one of an access log, so this is
	// 5 % of a core.
	DefaultRate = 500

	// Unlimited, as Options.Rate, turns the governor off.
	Unlimited = -1

	// DefaultRingSize is the size of the ring in bytes: at 30,000 records a
	// second of 300 bytes it holds what a fifth of a second brings.
	DefaultRingSize = 2 << 20

	// mostRing is the largest ring, in bytes.
	mostRing = 1 << 30

	// DefaultMaxSize is the size in bytes at which a file of the mirror is rotated.
	DefaultMaxSize = 64 << 20

	// DefaultMaxTotal bounds the disk use of the whole mirror, in bytes.
	DefaultMaxTotal = 1 << 30

	// DefaultMaxAge is how long a rotated file is kept.
	DefaultMaxAge = 7 * 24 * time.Hour
)

// Options says what is logged and where to. The zero value logs info and worse
// to wherever Auto finds, and has no mirror.
type Options struct {
	// Identifier is SYSLOG_IDENTIFIER, the name that `journalctl -t` finds
	// records by. Default: the base name of the program.
	Identifier string

	// Level is the least level that is logged. Default: info. With
	// DEBUG_INVOCATION=1 in the environment (systemd.exec(5)) it is debug
	// until SetLevel or a changed level says otherwise.
	Level slog.Level

	// Target is where records go first. Default: Auto.
	Target Target

	// Socket is journald's. Default: DefaultSocket.
	Socket string

	// Mirror says what stands in files.
	Mirror MirrorOptions

	// Rate is how many records a second below notice journald is given; the
	// rest go to the mirror alone. 0 is DefaultRate, Unlimited is no bound.
	// Records with a MESSAGE_ID are always given to it. Without a mirror that takes
	// the others there is no bound either.
	Rate int

	// Replay says that records which went to the mirror because journald did
	// not take them are sent to it when it is back.
	Replay bool

	// RingSize is the size in bytes of the ring between those who log and the
	// one that writes, rounded up to a power of two. Default: DefaultRingSize.
	// It cannot be changed later.
	RingSize int

	// RingDir is where the ring lies as a file while the process lives, so that
	// the next process that logs with this option finds what is in it where this
	// one ends without a word. It should be on a file system in memory that the
	// service alone can read: $RUNTIME_DIRECTORY. Empty, and where there is no
	// Linux: what is in the ring goes away with the process. It cannot be changed later.
	RingDir string
}

// MirrorOptions says what stands in the per-level files.
type MirrorOptions struct {
	// Dir is the directory of debug.log, info.log, warn.log and error.log. It
	// is made if it does not exist. Empty: no mirror.
	Dir string

	// Mode says which records the files get. Default: Fallback.
	Mode Mode

	// Format is how they are written. Default: FormatJSON.
	Format Format

	// MaxSize is the size in bytes at which a file is rotated. 0 is
	// DefaultMaxSize; a negative size leaves rotation to others (logrotate), who call Reopen.
	MaxSize int64

	// MaxTotal bounds the disk use of all files together, in bytes. 0 is DefaultMaxTotal.
	MaxTotal int64

	// MaxAge is how long a rotated file is kept; a file is rotated when its
	// oldest record is as old as this, and each day at the latest. 0 is DefaultMaxAge.
	MaxAge time.Duration
}

// normal is o with its defaults, or what is wrong with it.
func (o Options) normal() (Options, error) {
	if o.Identifier == "" {
		o.Identifier = filepath.Base(os.Args[0])
	}
	if o.Socket == "" {
		o.Socket = DefaultSocket
	}
	if o.RingSize == 0 {
		o.RingSize = DefaultRingSize
	}
	switch {
	case multiline(o.Identifier):
		return o, fmt.Errorf("journal: identifier %q: has more than one line", o.Identifier)
	case o.RingSize < 0 || o.RingSize > mostRing:
		return o, fmt.Errorf("journal: ring of %d bytes: not between 0 and %d", o.RingSize, mostRing)
	case o.Target < Auto || o.Target > JSON:
		return o, fmt.Errorf("journal: target %s", o.Target)
	case o.Mirror.Mode < Fallback || o.Mirror.Mode > Off:
		return o, fmt.Errorf("journal: mirror %s", o.Mirror.Mode)
	case o.Mirror.Format < FormatJSON || o.Mirror.Format > FormatLogfmt:
		return o, fmt.Errorf("journal: mirror format %s", o.Mirror.Format)
	}
	return o, nil
}
