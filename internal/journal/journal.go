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
	"github.com/gind/gind/internal/journal/internal/target"
	"github.com/gind/gind/internal/journal/level"
	"github.com/gind/gind/internal/journal/line"
)

// Journal is where a program's records go. Its methods are safe for concurrent use.
type Journal struct {
	level    slog.LevelVar
	ring     *ring.Queue
	ringFile func()        // deletes it; nil: the ring is in no file
	routed   atomic.Uint64 // what of the ring somebody else has
	sleeping atomic.Bool   // the writer waits to be woken
	wakeup   chan struct{}
	orders   chan func(*writer)
	beacon   beacon.Beacon
	tail     *tail.Tail
	counters counters
	state    atomic.Pointer[targetState]
	mirror   atomic.Pointer[mirror.Mirror]
	behind   atomic.Pointer[spool.Spool] // in front of the target, if it has one
	replay   *replayer

	mu   sync.Mutex // guards opts, and has one reconfigure at a time
	opts Options

	closed atomic.Bool
	quit   chan struct{}
	done   chan struct{} // closed when the writer has ended

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
	j := newJournal(o)
	out, err := newOutlet(o.Target.Resolve(o.Socket), o, &j.beacon)
	if err != nil {
		return nil, err
	}
	if o.RingDir == "" {
		j.start(out, o)
		return j, nil
	}
	err = j.mapRing(o)
	j.start(out, o)
	if err != nil {
		j.own(slog.LevelWarn, EventRingInMemory, err.Error(), slog.Any("error", err))
	}
	j.inherit(ring.TakeLeft(o.RingDir))
	return j, nil
}

// mapRing has the ring in a file.
func (j *Journal) mapRing(o Options) error {
	r, remove, err := ring.Map(o.RingDir, o.RingSize, largeBound)
	if err == nil {
		j.ring, j.ringFile = r, remove
	}
	return err
}

func newJournal(o Options) *Journal {
	j := &Journal{
		ring:   ring.New(o.RingSize, largeBound),
		wakeup: make(chan struct{}, 1),
		orders: make(chan func(*writer)),
		tail:   tail.New(line.NewJSON(os.Getpid())),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
		opts:   o,
	}
	j.life, j.end = context.WithCancel(context.Background())
	j.replay = newReplayer(j)
	j.level.Set(o.Level)
	if os.Getenv("DEBUG_INVOCATION") == "1" {
		j.level.Set(min(o.Level, slog.LevelDebug))
	}
	return j
}

// start begins to write to a target.
func (j *Journal) start(out outlet, o Options) {
	w := newWriter(j, out, o)
	j.mirror.Store(j.newMirror(o.Mirror))
	go w.run()
}

// Handler is what a slog.Logger is made of.
func (j *Journal) Handler() slog.Handler { return &handler{j: j} }

// Level is the least level that is logged.
func (j *Journal) Level() slog.Level { return j.level.Level() }

// SetLevel sets the least level that is logged, at once.
func (j *Journal) SetLevel(l slog.Level) {
	if old := j.level.Level(); old != l {
		j.level.Set(l)
		j.own(level.Notice, EventLevelChanged, "log level changed from "+level.Name(old)+" to "+level.Name(l),
			slog.String("from", level.Name(old)), slog.String("to", level.Name(l)))
	}
}

// Target is where records go first: never Auto.
func (j *Journal) Target() target.Target { return j.state.Load().target }

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
func (j *Journal) Tail(n int, level slog.Level) []line.Line { return j.tail.Last(n, level) }

// Subscribe follows the records at level and worse as they are written. Whoever
// reads too slowly misses some. Close ends it.
func (j *Journal) Subscribe(level slog.Level) *tail.Subscription { return j.tail.Subscribe(level) }

// Follow is Tail and Subscribe in one: the subscription goes on where the lines end.
func (j *Journal) Follow(n int, level slog.Level) ([]line.Line, *tail.Subscription) {
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
