package stream

import (
	"io"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// Stream is standard error: lines for a terminal or for a container's logs. Behind
// it may be a pipe that nobody empties, so a spool stands before it.
type Stream struct {
	spool  *spool.Spool
	beacon *beacon.Beacon // of the spool
	recs   []record.Packed
	free   func() // gives the file back
}

const (
	// bound is what waits in memory while nobody reads, in bytes.
	bound = 1 << 20

	// tick is how often a stream gives memory back that it no longer needs.
	tick = time.Minute
)

// Stderr begins to write lines to standard error.
func Stderr(format line.Appender, b *beacon.Beacon) (*Stream, error) {
	out, free, err := openStderr()
	if err != nil {
		return nil, err
	}
	return New(out, free, format, b), nil
}

// New begins to write lines to out; free lets go of it.
func New(out io.Writer, free func(), format line.Appender, b *beacon.Beacon) *Stream {
	s := &Stream{free: free, beacon: b}
	s.spool = spool.New(spool.Options{
		Format: format, Bound: bound, Beacon: b, Lane: onlyLane,
		Out:   func(_ record.Lane, p []byte) (int, error) { return out.Write(p) },
		State: func(error) {},
	})
	go s.spool.Run(tick, func(time.Time) {}, nil)
	return s
}

// Prepare implements sink.Sink.
func (s *Stream) Prepare(recs []record.Packed) { s.recs = recs }

// Send implements sink.Sink.
func (s *Stream) Send() (taken int, err error) {
	defer s.spool.Wake()
	if err := s.spool.Err(); err != nil {
		return 0, err
	}
	taken = s.spool.Add(s.recs, line.Unmarked)
	s.recs = s.recs[taken:]
	if len(s.recs) > 0 {
		return taken, sink.ErrBusy
	}
	return taken, nil
}

// onlyLane is that of all records: a stream is one.
func onlyLane(record.Packed) record.Lane { return 0 }

// Skip implements sink.Sink.
func (s *Stream) Skip() { s.recs = s.recs[1:] }

// Wait implements sink.Sink.
func (s *Stream) Wait(d time.Duration) bool {
	return s.beacon.Wait(d, nil, func() bool { return s.spool.Room(0) })
}

// Revive implements sink.Sink.
func (s *Stream) Revive() error { return s.spool.Err() }

// Spool is what waits for somebody to read it.
func (s *Stream) Spool() *spool.Spool { return s.spool }

// Close implements sink.Sink.
func (s *Stream) Close(d time.Duration) (lost uint64) {
	s.spool.Close(d)
	select {
	case <-s.spool.Ended():
		s.free()
	default: // a write still hangs on the file
	}
	return s.spool.Unwritten()
}
