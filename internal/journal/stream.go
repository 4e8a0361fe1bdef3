package journal

import (
	"io"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// stream is standard error: lines for a terminal or for a container's logs. Behind
// it may be a pipe that nobody empties, so a spool stands before it.
type stream struct {
	spool  *spool.Spool
	beacon *beacon.Beacon // of the spool
	recs   []record.Packed
	free   func() // gives the file back
}

const (
	// streamBound is what waits in memory while nobody reads, in bytes.
	streamBound = 1 << 20

	// streamTick is how often a stream gives memory back that it no longer needs.
	streamTick = time.Minute
)

// newStream begins to write lines to standard error.
func newStream(format line.Appender, b *beacon.Beacon) (*stream, error) {
	out, free, err := openStderr()
	if err != nil {
		return nil, err
	}
	return newStreamTo(out, free, format, b), nil
}

func newStreamTo(out io.Writer, free func(), format line.Appender, b *beacon.Beacon) *stream {
	s := &stream{free: free, beacon: b}
	s.spool = spool.New(spool.Options{
		Format: format, Bound: streamBound, Beacon: b, Lane: onlyLane,
		Out:   func(_ record.Lane, p []byte) (int, error) { return out.Write(p) },
		State: func(error) {},
	})
	go s.spool.Run(streamTick, func(time.Time) {}, nil)
	return s
}

func (s *stream) Prepare(recs []record.Packed) { s.recs = recs }

func (s *stream) Send() (taken int, err error) {
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

func (s *stream) Skip() { s.recs = s.recs[1:] }

func (s *stream) Wait(d time.Duration) bool {
	return s.beacon.Wait(d, nil, func() bool { return s.spool.Room(0) })
}

func (s *stream) Revive() error { return s.spool.Err() }

// lines is what waits for somebody to read it.
func (s *stream) lines() *spool.Spool { return s.spool }

func (s *stream) Close(d time.Duration) (lost uint64) {
	s.spool.Close(d)
	select {
	case <-s.spool.Ended():
		s.free()
	default: // a write still hangs on the file
	}
	return s.spool.Unwritten()
}
