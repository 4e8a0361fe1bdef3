package journal

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/gind/gind/internal/journal/internal/ring"
)

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
	case strings.Contains(o.Identifier, "\n"):
		return o, fmt.Errorf("journal: identifier %q: has more than one line", o.Identifier)
	case o.RingSize < 0 || o.RingSize > ring.Most:
		return o, fmt.Errorf("journal: ring of %d bytes: not between 0 and %d", o.RingSize, ring.Most)
	case o.Target < Auto || o.Target > JSON:
		return o, fmt.Errorf("journal: target %s", o.Target)
	case o.Mirror.Mode < Fallback || o.Mirror.Mode > Off:
		return o, fmt.Errorf("journal: mirror %s", o.Mirror.Mode)
	case o.Mirror.Format < FormatJSON || o.Mirror.Format > FormatLogfmt:
		return o, fmt.Errorf("journal: mirror format %s", o.Mirror.Format)
	}
	return o, nil
}

// rate is what the governor is to let through: 0 is no bound.
func (o Options) rate() int {
	if o.Rate == 0 {
		return DefaultRate
	}
	return max(o.Rate, 0)
}
