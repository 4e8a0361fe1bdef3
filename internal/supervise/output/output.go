// Package output turns what a program prints into records: one a line, at the
// level that the line itself claims, with the fields that it has.
//
// It knows the formats of slog, zap, zerolog, logrus, klog and Gin, the
// prefixes of sd-daemon(3), and the levels that lines without a format begin
// with. A Go program's panic, a goroutine dump and a stack trace of Gin or zap, and
// those of Python, Java, Node, Rust, Ruby and PHP, is one record each, of many lines.
//
// Memory is bounded, and so is the time that a program has to wait for its log:
// see [Options].
package output

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// The levels that syslog has and slog does not, with the values that gind's
// journal gives them.
const (
	levelNotice = slog.Level(2)
	levelCrit   = slog.Level(12)
	levelAlert  = slog.Level(16)
	levelEmerg  = slog.Level(20)
)

const (
	// settle is how long a trace waits for its next line.
	settle = 100 * time.Millisecond

	// reportEvery is the least time between two records about dropped lines.
	reportEvery = 10 * time.Second
)

// Options say where lines go.
type Options struct {
	// Handler gets the records. Where it is slow, or blocks, the program that
	// prints is not held up: a quarter of a megabyte waits, then lines below
	// error are dropped and counted. Errors are never dropped: they wait, and
	// the program with them.
	Handler slog.Handler

	// Plain is the level of a line that says nothing of its own.
	Plain slog.Level

	// Wait has the program wait instead of dropping anything.
	Wait bool

	// Recent, when set, remembers the last lines.
	Recent *Recent
}

// Stats counts what has come through. Dropped lines are counted in Lines too.
type Stats struct {
	Lines, Bytes, Dropped uint64
}

// Stream is one output of one program. Run may be called once.
type Stream struct {
	handler slog.Handler
	plain   slog.Level
	recent  *Recent
	queue   *queue

	lines, bytes, dropped atomic.Uint64

	// What the sink has.
	pending  pending
	scratch  slog.Record
	reported uint64    // dropped lines that were reported
	last     time.Time // when
}

// New returns a Stream that is to be run.
func New(o Options) *Stream {
	return &Stream{handler: o.Handler, plain: o.Plain, recent: o.Recent, queue: newQueue(o.Wait)}
}

// Stats may be called at any time.
func (s *Stream) Stats() Stats {
	return Stats{Lines: s.lines.Load(), Bytes: s.bytes.Load(), Dropped: s.dropped.Load()}
}

// Run reads until the end of r and returns when every record was handed to the
// handler. The error is that of r, without [io.EOF].
func (s *Stream) Run(r io.Reader) error {
	var failed error
	var reading sync.WaitGroup
	reading.Go(func() {
		failed = s.read(r)
		s.queue.finish()
	})
	s.sink()
	reading.Wait()
	return failed
}

// sink makes records of what was read.
func (s *Stream) sink() {
	idle := time.NewTimer(settle)
	defer idle.Stop()
	var text []byte
	var lines []line
	for more := true; more; {
		select {
		case <-s.queue.ready:
			text, lines, more = s.queue.take(text, lines)
			s.log(text, lines)
			idle.Reset(settle)
		case <-idle.C:
			s.flush(time.Now())
			s.report(time.Now(), reportEvery)
			text, lines = nil, nil
			s.queue.shrink()
		}
	}
	s.flush(time.Now())
	s.report(time.Now(), 0)
}

// log makes records of the lines that lie in buf.
func (s *Stream) log(buf []byte, lines []line) {
	now := time.Now()
	text := string(buf) // one copy for all lines
	s.recent.add(text, lines)
	for _, l := range lines {
		s.logLine(now, l.mark, text[l.from:l.to])
	}
	s.report(now, reportEvery)
}

func (s *Stream) logLine(now time.Time, m mark, text string) {
	switch {
	case m.kind == continuation:
		s.pending.add(m, text)
		return
	case m.kind == perhaps && s.pending.open:
		s.pending.said = append(s.pending.said, text)
		return
	case m.kind == perhaps:
		m = mark{level: s.plain}
	}
	s.flush(now)
	if !s.handler.Enabled(context.Background(), m.level) {
		return
	}
	if m.after != nothing {
		s.pending.begin(m, text)
		return
	}
	record(&s.scratch, now, m, text)
	s.handle(&s.scratch)
}

// flush logs the trace that was waiting for more lines.
func (s *Stream) flush(now time.Time) {
	if !s.pending.open {
		return
	}
	s.pending.record(&s.scratch, now)
	said := s.pending.said
	s.pending.close()
	s.handle(&s.scratch)
	for _, text := range said {
		if text != "" {
			record(&s.scratch, now, mark{level: s.plain}, text)
			s.handle(&s.scratch)
		}
	}
}

// report logs how many lines were dropped, unless that was done lately.
func (s *Stream) report(now time.Time, every time.Duration) {
	dropped := s.dropped.Load()
	if dropped == s.reported || now.Sub(s.last) < every {
		return
	}
	r := slog.NewRecord(now, slog.LevelWarn, "output was dropped: it came faster than it could be logged", 0)
	r.AddAttrs(slog.Uint64("lines", dropped-s.reported))
	s.reported, s.last = dropped, now
	s.handle(&r)
}

// handle has nobody to tell an error: the handler is the one who would be told.
func (s *Stream) handle(r *slog.Record) {
	if s.handler.Enabled(context.Background(), r.Level) {
		_ = s.handler.Handle(context.Background(), *r)
	}
}
