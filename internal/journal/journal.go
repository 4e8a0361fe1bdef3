package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Journal is where a program's records go. Its methods are safe for concurrent use.
type Journal struct {
	level    slog.LevelVar
	ring     *ring
	large    large
	routed   atomic.Uint64 // what of the ring somebody else has
	sleeping atomic.Bool   // the writer waits to be woken
	wakeup   chan struct{}
	orders   chan func(*writer)
	beacon   beacon
	tail     tail
	counters counters
	state    atomic.Pointer[targetState]
	mirror   atomic.Pointer[mirror]
	behind   atomic.Pointer[spool] // in front of the target, if it has one
	replay   *replayer

	mu   sync.Mutex // guards opts, and has one reconfigure at a time
	opts Options

	closed atomic.Bool
	quit   chan struct{}
	done   chan struct{} // closed when the writer has ended
}

// awaited is how long an error waits at most for somebody to have it.
const awaited = 250 * time.Millisecond

// Open begins to log. It fails only for options that cannot be right; a journald
// that is not there or a directory that cannot be written to is a state, which
// Stats and Err show and which may pass.
func Open(o Options) (*Journal, error) {
	o, err := o.normal()
	if err != nil {
		return nil, err
	}
	j := newJournal(o)
	s, err := newSink(o.Target.resolve(o.Socket), o, &j.beacon)
	if err != nil {
		return nil, err
	}
	j.start(s, o)
	return j, nil
}

func newJournal(o Options) *Journal {
	j := &Journal{
		ring:   newRing(o.RingSize),
		wakeup: make(chan struct{}, 1),
		orders: make(chan func(*writer)),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
		opts:   o,
	}
	j.tail.lines = newJSONLines(os.Getpid())
	j.replay = newReplayer(j)
	j.level.Set(o.Level)
	if os.Getenv("DEBUG_INVOCATION") == "1" {
		j.level.Set(min(o.Level, slog.LevelDebug))
	}
	return j
}

// start begins to write to s.
func (j *Journal) start(s sink, o Options) {
	w := newWriter(j, s, o)
	j.mirror.Store(newMirror(o.Mirror, &j.beacon, j.own))
	go w.run()
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
	const most = 1 << 30
	switch {
	case multiline(o.Identifier):
		return o, fmt.Errorf("journal: identifier %q: has more than one line", o.Identifier)
	case o.RingSize < 0 || o.RingSize > most:
		return o, fmt.Errorf("journal: ring of %d bytes: not between 0 and %d", o.RingSize, most)
	case o.Target < Auto || o.Target > JSON:
		return o, fmt.Errorf("journal: target %s", o.Target)
	case o.Mirror.Mode < Fallback || o.Mirror.Mode > Off:
		return o, fmt.Errorf("journal: mirror %s", o.Mirror.Mode)
	case o.Mirror.Format < FormatJSON || o.Mirror.Format > FormatLogfmt:
		return o, fmt.Errorf("journal: mirror format %s", o.Mirror.Format)
	}
	return o, nil
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
func (j *Journal) Target() Target {
	return j.state.Load().target
}

// SetTarget has records go somewhere else. Those logged before go where they
// were meant to.
func (j *Journal) SetTarget(t Target) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	o := j.opts
	o.Target = t
	return j.reconfigure(o)
}

// Reconfigure takes over new options while the service runs: everything but
// RingSize. A level that SetLevel has set stays unless the option has changed.
// Where it returns an error, the options are as they were.
func (j *Journal) Reconfigure(o Options) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.reconfigure(o)
}

// reconfigure is Reconfigure for those who hold the lock.
func (j *Journal) reconfigure(o Options) error {
	o, err := o.normal()
	if err != nil {
		return err
	}
	old := j.opts
	o.RingSize = old.RingSize
	var s sink
	if t := o.Target.resolve(o.Socket); t != j.Target() || o.Socket != old.Socket || o.Identifier != old.Identifier {
		if s, err = newSink(t, o, &j.beacon); err != nil {
			return err
		}
	}
	if err = j.remirror(old.Mirror, o.Mirror); err == nil {
		err = j.do(func(w *writer) { w.configure(s, o) })
	}
	if err != nil {
		if s != nil {
			s.close(0)
		}
		return err
	}
	j.opts = o
	if o.Level != old.Level {
		j.SetLevel(o.Level)
	}
	return nil
}

// remirror gives the mirror its new options, or makes another one of it.
func (j *Journal) remirror(old, now MirrorOptions) error {
	m := j.mirror.Load()
	if m != nil && !now.off() && now.Dir == old.Dir && now.Format == old.Format {
		return m.do(func() { m.configure(now) })
	}
	if m == nil && now.off() {
		return nil
	}
	if j.closed.Load() {
		return errClosed
	}
	j.mirror.Store(newMirror(now, &j.beacon, j.own))
	if m == nil {
		return nil
	}
	err := j.do(func(*writer) {}) // from here on, the writer has the new one
	j.counters.lost.Add(m.close())
	return err
}

// Reopen closes the files of the mirror, so that the next record opens them by
// their names (logrotate's copytruncate is not needed).
func (j *Journal) Reopen() error {
	if m := j.mirror.Load(); m != nil {
		return m.reopen()
	}
	return nil
}

// Flush waits until everything that was logged before it is where it belongs. It
// fails if ctx ends first, or if records wait for a disk that cannot be written.
func (j *Journal) Flush(ctx context.Context) error {
	const longest = time.Hour
	end := j.ring.tail.Load()
	j.wake()
	if !j.beacon.wait(longest, ctx.Done(), func() bool { return j.routed.Load() >= end || j.ended() }) {
		return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
	}
	for _, s := range []*spool{j.behind.Load(), j.spool()} {
		if s == nil {
			continue
		}
		s.wake()
		for n := range lanes {
			upTo := s.lines(n)
			if !j.beacon.wait(longest, ctx.Done(), func() bool { return s.written[n].Load() >= upTo || s.failure.Load() != nil }) {
				return fmt.Errorf("journal: flush: %w", context.Cause(ctx))
			}
			if f := s.failure.Load(); f != nil && s.written[n].Load() < upTo {
				return fmt.Errorf("journal: flush: %w", f.err)
			}
		}
	}
	return nil
}

// spool is the mirror's, nil if there is no mirror.
func (j *Journal) spool() *spool {
	if m := j.mirror.Load(); m != nil {
		return m.spool
	}
	return nil
}

// Close hands over what was logged, in a few seconds at most, and ends. Records
// logged afterwards are refused. The error says how many were lost.
func (j *Journal) Close() error {
	if j.closed.Swap(true) {
		return errClosed
	}
	j.replay.close()
	close(j.quit)
	select {
	case <-j.done:
	case <-time.After(2 * farewell):
	}
	if m := j.mirror.Load(); m != nil {
		j.counters.lost.Add(m.close())
	}
	j.setState(StateClosed, nil)
	if n := j.counters.lost.Load(); n > 0 {
		return fmt.Errorf("journal: %d records were lost", n)
	}
	return nil
}

func (j *Journal) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// do runs f in the writer's goroutine, between two batches.
func (j *Journal) do(f func(*writer)) error {
	done := make(chan struct{})
	select {
	case j.orders <- func(w *writer) { f(w); close(done) }:
		<-done
		return nil
	case <-j.done:
		return errClosed
	}
}

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
func (j *Journal) Tail(n int, level slog.Level) []Line { return j.tail.last(n, level) }

// Subscribe follows the records at level and worse as they are written. Whoever
// reads too slowly misses some. Close ends it.
func (j *Journal) Subscribe(level slog.Level) *Subscription { return j.tail.subscribe(level) }

// Err is for a check of health: nil unless records are being lost or would be if
// the target failed, because the mirror cannot be written.
func (j *Journal) Err() error {
	var errs []error
	m := j.mirror.Load()
	if m != nil {
		errs = append(errs, m.err())
	}
	if s := j.state.Load(); s.err != nil && m == nil {
		errs = append(errs, fmt.Errorf("journal: nobody takes records: %w", s.err))
	}
	return errors.Join(errs...)
}
