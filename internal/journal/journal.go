package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/ring"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/internal/tail"
	"github.com/gind/gind/internal/journal/line"
)

// Journal is where a program's records go. Its methods are safe for concurrent use.
type Journal struct {
	level    slog.LevelVar
	ring     *ring.Queue
	ringFile func()        // deletes it; nil: the ring is in no file
	routed   atomic.Uint64 // what of the ring somebody else has
	sleeping atomic.Bool   // the writer waits to be woken
	line     chan struct{} // has a place for the one error that is the next to get room in the ring
	wakeup   chan struct{}
	orders   chan func(*writer)
	beacon   *beacon.Beacon
	tail     *tail.Tail
	counters counters
	state    atomic.Pointer[targetState]
	mirror   atomic.Pointer[mirror.Mirror]
	behind   atomic.Pointer[spool.Spool] // in front of the target, if it has one
	replay   *replayer

	mu   sync.Mutex // guards opts, and has one reconfigure at a time
	opts Options

	closing atomic.Bool // Close was called; what is logged meanwhile is taken
	closed  atomic.Bool // nobody takes records any more
	quit    chan struct{}
	done    chan struct{} // closed when the writer has ended

	inherited chan struct{} // closed when what processes before have left is in the ring

	life   context.Context // of what runs beside the writer
	end    context.CancelFunc
	beside sync.WaitGroup
}

// Open begins to log. It fails only for options that cannot be right; a journald
// that is not there or a directory that cannot be written to is a state, which
// Stats and Err show and which may pass.
func Open(o Options) (*Journal, error) {
	o, err := o.normal()
	if err != nil {
		return nil, err
	}
	b := new(beacon.Beacon)
	out, err := newOutlet(o.Target.Resolve(o.Socket), o, b)
	if err != nil {
		return nil, err
	}
	if o.RingDir == "" {
		return newJournal(o, out, ring.New(o.RingSize, largeBound), nil, b), nil
	}
	r, remove, err := ring.Map(o.RingDir, o.RingSize, largeBound)
	if err != nil {
		r, remove = ring.New(o.RingSize, largeBound), nil
	}
	j := newJournal(o, out, r, remove, b)
	if err != nil {
		j.own(slog.LevelWarn, EventRingInMemory, err.Error(), slog.Any("error", err))
	}
	j.inherit(ring.TakeLeft(o.RingDir))
	return j, nil
}

// newJournal begins to write what comes into r to a target. remove deletes the file
// that r lies in; nil: it lies in none.
func newJournal(o Options, out outlet, r *ring.Queue, remove func(), b *beacon.Beacon) *Journal {
	j := &Journal{
		ring:      r,
		ringFile:  remove,
		line:      make(chan struct{}, 1),
		wakeup:    make(chan struct{}, 1),
		orders:    make(chan func(*writer)),
		beacon:    b,
		tail:      tail.New(line.NewJSON(os.Getpid())),
		quit:      make(chan struct{}),
		inherited: make(chan struct{}),
		done:      make(chan struct{}),
		opts:      o,
	}
	j.life, j.end = context.WithCancel(context.Background())
	close(j.inherited)
	j.replay = newReplayer(j)
	j.level.Set(o.Level)
	if os.Getenv("DEBUG_INVOCATION") == "1" {
		j.level.Set(min(o.Level, slog.LevelDebug))
	}
	w := newWriter(j, out, o)
	j.mirror.Store(j.newMirror(o.Mirror))
	go w.run()
	return j
}

// Handler is what a slog.Logger is made of.
func (j *Journal) Handler() slog.Handler { return &handler{j: j} }

// Level is the least level that is logged.
func (j *Journal) Level() slog.Level { return j.level.Level() }

// SetLevel sets the least level that is logged, at once.
func (j *Journal) SetLevel(l slog.Level) {
	if old := j.level.Level(); old != l {
		j.level.Set(l)
		j.own(LevelNotice, EventLevelChanged, "log level changed from "+LevelName(old)+" to "+LevelName(l),
			slog.String("from", LevelName(old)), slog.String("to", LevelName(l)))
	}
}

// Target is where records go first: never Auto.
func (j *Journal) Target() Target { return j.state.Load().target }

// wake has the writer look into the ring.
func (j *Journal) wake() {
	select {
	case j.wakeup <- struct{}{}:
	default:
	}
}

// Tail returns the last n records at level and worse that memory holds, the
// oldest first. Each of the four levels has a memory of its own, so that the last
// errors are there whatever else was logged.
func (j *Journal) Tail(n int, level slog.Level) []Line { return j.tail.Last(n, level) }

// Subscribe follows the records at level and worse as they are written. Whoever
// reads too slowly misses some. Close ends it.
func (j *Journal) Subscribe(level slog.Level) *Subscription { return j.tail.Subscribe(level) }

// Follow is Tail and Subscribe in one: the subscription goes on where the lines end.
func (j *Journal) Follow(n int, level slog.Level) ([]Line, *Subscription) {
	return j.tail.Follow(n, level)
}

// Err is for a check of health: nil while target and mirror are both fit to take
// records. That of one of them loses nothing; it says where records are, and
// what would happen if the other failed too.
func (j *Journal) Err() error {
	var errs []error
	m := j.mirror.Load()
	s := j.state.Load()
	if s.err != nil && (s.State != StateBehind || time.Since(s.since) >= behindFor) {
		where := "and there are no log files"
		if m != nil {
			where = "and they go to " + m.Paths()
		}
		errs = append(errs, fmt.Errorf("%s does not take records, %s: %w", s.target, where, s.err))
	}
	if m != nil {
		errs = append(errs, m.Err())
	}
	return errors.Join(errs...)
}
