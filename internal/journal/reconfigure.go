package journal

import (
	"log/slog"

	"github.com/gind/gind/internal/journal/internal/mirror"
)

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
// RingSize and RingDir. A level that SetLevel has set stays unless the option has changed.
// Where it returns an error, the options are as they were. A directory that
// cannot be written to is a state, as it is to Open.
func (j *Journal) Reconfigure(o Options) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.reconfigure(o)
}

// reconfigure is Reconfigure for those who hold the lock, as Close does to the end.
func (j *Journal) reconfigure(o Options) error {
	if j.closing.Load() {
		return errClosed
	}
	o, err := o.normal()
	if err != nil {
		return err
	}
	old := j.opts
	o.RingSize, o.RingDir = old.RingSize, old.RingDir
	apply, undo := func(w *writer) { w.configure(o) }, func() {}
	if t := o.Target.Resolve(o.Socket); t != j.Target() || o.Socket != old.Socket || o.Identifier != old.Identifier {
		out, err := newOutlet(t, o, j.beacon)
		if err != nil {
			return err
		}
		apply = func(w *writer) { w.configure(o); w.turn(out, t) }
		undo = func() { out.sink.Close(0) }
	}
	if err = j.remirror(old.Mirror, o.Mirror); err == nil {
		err = j.do(apply)
	}
	if err != nil {
		undo()
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
	if m != nil && !now.Off() && now.Dir == old.Dir && now.Format == old.Format {
		return m.Reconfigure(now)
	}
	if m == nil && now.Off() {
		return nil
	}
	j.mirror.Store(j.newMirror(now))
	if m == nil {
		return nil
	}
	err := j.do(func(*writer) {}) // from here on, the writer has the new one
	j.counters.lost.Add(m.Close(farewell))
	return err
}

// Reopen closes the files of the mirror, so that the next record opens them by
// their names (logrotate's copytruncate is not needed).
func (j *Journal) Reopen() error {
	if m := j.mirror.Load(); m != nil {
		return m.Reopen()
	}
	return nil
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

// newMirror makes a mirror that tells the target when its files cannot be written
// any more, and when they can again: each once, with the cause and with how many lines
// are in memory alone. It is nil if there is nothing to mirror.
func (j *Journal) newMirror(o MirrorOptions) *mirror.Mirror {
	var cause error
	return mirror.New(o, j.beacon, func(m *mirror.Mirror, err error) {
		dir, memory := slog.String("dir", m.Dir()), slog.Uint64("in_memory", m.Unwritten())
		if err != nil {
			cause = err
			j.own(slog.LevelError, EventMirrorFailing, "the log files cannot be written", slog.Any("error", err), dir, memory)
			return
		}
		j.own(LevelNotice, EventMirrorBack, "the log files can be written again", slog.Any("error", cause), dir, memory, slog.Uint64("missed", m.Missed()))
	})
}
