package mirror

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// Mirror is the per-level files: error.log, warn.log, info.log and debug.log,
// each with exactly its level, and everything worse than an error in error.log.
type Mirror struct {
	*spool.Spool
	dir    string
	mode   atomic.Int32
	report func(*Mirror, error)

	files   [record.Lanes]levelFile // they and what follows belong to the spool's goroutine
	keep    retention
	rotates bool

	orders    chan func()
	sweep     chan retention // wakes the goroutine that compresses
	swept     chan struct{}  // closed when it has ended
	rotations atomic.Uint64
	missed    atomic.Uint64 // records that the target has and the files have not
}

const (
	// tickEvery is how often the files are looked after though nobody writes to them.
	tickEvery = 5 * time.Second

	// laneBound is what a lane holds while its file cannot be written, in bytes.
	laneBound = 4 << 20

	// sweepEvery is how often old files are deleted though none is rotated.
	sweepEvery = time.Hour

	// answered is how long an order to the files waits for a disk.
	answered = 2 * time.Second
)

// New begins to mirror; nil if there is nothing to. A directory that
// cannot be used does not stop it: err says so, and it is tried again. report is
// called with the error when the files cannot be written any more, and with nil
// when they can again.
func New(o Options, b *beacon.Beacon, report func(*Mirror, error)) *Mirror {
	if o.Off() {
		return nil
	}
	m := &Mirror{
		dir:    o.Dir,
		report: report,
		orders: make(chan func()),
		sweep:  make(chan retention, 1),
		swept:  make(chan struct{}),
	}
	m.Spool = spool.New(spool.Options{
		Format: line.New(o.Format), Bound: laneBound, Beacon: b,
		Lane: record.Packed.Lane, Out: m.write, State: func(err error) { m.report(m, err) },
	})
	m.configure(o)
	if err := m.probe(); err != nil {
		m.Fail(err)
	}
	go m.Run(tickEvery, m.tick, m.orders)
	go m.compress()
	return m
}

// configure takes over what can change while the files are written.
func (m *Mirror) configure(o Options) {
	o = o.normal()
	m.mode.Store(int32(o.Mode))
	m.rotates = o.MaxSize > 0
	size := int64(0)
	if m.rotates { // four files, and one being compressed, leave room for what was rotated
		size = min(o.MaxSize, o.MaxTotal/8)
	}
	for n := range record.Lanes {
		f := &m.files[n]
		f.dir, f.lane, f.rotated = m.dir, n, m.afterRotation
		f.max, f.age = size, min(o.MaxAge, 24*time.Hour)
	}
	m.keep = retention{m.dir, o.MaxTotal - (int64(record.Lanes)+1)*size, o.MaxAge}
	m.clean()
}

func (m *Mirror) write(n record.Lane, p []byte) (int, error) { return m.files[n].write(p) }

func (m *Mirror) afterRotation() {
	m.rotations.Add(1)
	m.clean()
}

// clean deletes what is not to be kept, and has the rest compressed. Where others
// rotate, there is nothing to clean.
func (m *Mirror) clean() {
	if !m.rotates {
		return
	}
	_, _ = m.keep.sweep(time.Now()) // a directory that cannot be read shows when it is written to
	select {
	case m.sweep <- m.keep:
	default:
	}
}

// tick looks after files that nobody writes to: they get old, and the disk gets
// full or is given back.
func (m *Mirror) tick(now time.Time) {
	for n := range record.Lanes {
		m.files[n].tidy(now)
	}
	if m.Pending() > 0 {
		return // the next write tells
	}
	m.Fail(m.probe())
}

// probe is why the files could not be written now.
func (m *Mirror) probe() error {
	err := usable(m.dir)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(m.dir, dirMode); err == nil {
			err = usable(m.dir)
		}
	}
	if err != nil {
		return fmt.Errorf("journal: mirror: %w", err)
	}
	return nil
}

// do runs f in the goroutine that owns the files, unless a write hangs there.
func (m *Mirror) do(f func()) error {
	done := make(chan struct{})
	select {
	case m.orders <- func() { f(); close(done) }:
	case <-m.Ended():
		return spool.ErrClosed
	case <-time.After(answered):
		return errors.New("journal: mirror: a write takes too long")
	}
	select {
	case <-done:
		return nil
	case <-time.After(answered):
		return errors.New("journal: mirror: closing the files takes too long")
	}
}

// Reconfigure is configure for everybody else.
func (m *Mirror) Reconfigure(o Options) error { return m.do(func() { m.configure(o) }) }

// Reopen closes the files, so that the next record opens them by their names.
func (m *Mirror) Reopen() error {
	return m.do(func() {
		for n := range record.Lanes {
			m.files[n].close()
		}
	})
}

// compress compresses rotated files until the spool ends.
func (m *Mirror) compress() {
	defer close(m.swept)
	hourly := time.NewTicker(sweepEvery)
	defer hourly.Stop()
	var keep retention
	for {
		select {
		case keep = <-m.sweep:
		case <-hourly.C:
		case <-m.Closing():
			return
		}
		if keep.dir == "" {
			continue
		}
		files, err := keep.sweep(time.Now())
		if err != nil {
			continue
		}
		for _, f := range files {
			if f.end == plainEnd {
				_ = compress(f, m.Closing()) // it is tried again, and stays readable meanwhile
			}
		}
	}
}

// Close writes what there is and closes the files, and waits for a disk for as
// long as d. What a failing one did not take is lost; how much is returned.
func (m *Mirror) Close(d time.Duration) (lost uint64) {
	m.Spool.Close(d)
	select {
	case <-m.swept:
	case <-time.After(d):
	}
	select {
	case <-m.Ended(): // nobody else has the files any more
		for n := range record.Lanes {
			m.files[n].close()
		}
	default:
	}
	return m.Unwritten()
}

// Dir is the folder of the files.
func (m *Mirror) Dir() string { return m.dir }

// Miss notes a record that the target has and the files have not.
func (m *Mirror) Miss() { m.missed.Add(1) }

// Missed is how many these are.
func (m *Mirror) Missed() uint64 { return m.missed.Load() }

// Paths names the files, for a notice.
func (m *Mirror) Paths() string { return filepath.Join(m.dir, "*.log") }
