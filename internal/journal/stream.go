package journal

import (
	"io"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/line"
)

// stream is standard error: lines for a terminal or for a container's logs. Behind
// it may be a pipe that nobody empties, so a spool stands before it.
type stream struct {
	spool *spool
	recs  []record.Packed
	free  func() // gives the file back
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
	s := &stream{free: free}
	s.spool = newSpool(spoolOptions{
		format: format, bound: streamBound, beacon: b, lane: onlyLane,
		out:   func(_ record.Lane, p []byte) (int, error) { return out.Write(p) },
		state: func(error) {},
	})
	go s.spool.run(streamTick, func(time.Time) {}, nil)
	return s
}

func (s *stream) Prepare(recs []record.Packed) { s.recs = recs }

func (s *stream) Send() (taken int, err error) {
	defer s.spool.wake()
	if err := s.spool.err(); err != nil {
		return 0, err
	}
	taken = s.spool.add(s.recs, line.Unmarked)
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
	return s.spool.beacon.Wait(d, nil, func() bool { return s.spool.room(0) })
}

func (s *stream) Revive() error { return s.spool.err() }

// lines is what waits for somebody to read it.
func (s *stream) lines() *spool { return s.spool }

func (s *stream) Close(d time.Duration) (lost uint64) {
	s.spool.close(d)
	select {
	case <-s.spool.ended:
		s.free()
	default: // a write still hangs on the file
	}
	return s.spool.unwritten()
}
