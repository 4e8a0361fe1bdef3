package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// replayer sends the records that spilled in an outage to journald when it is
// over: out of the mirror, errors first, slowly, marked REPLAYED=1 and with their
// own time in SYSLOG_TIMESTAMP, since journald gives every record the time of its
// arrival.
type replayer struct {
	j  *Journal
	on atomic.Bool

	taken  atomic.Uint64 // replayed records that journald took
	broken atomic.Bool   // one was not taken, so those behind it are not sent either

	mu      sync.Mutex
	spans   []span
	running bool
	quit    chan struct{}
	done    sync.WaitGroup
}

// span is the time of the records of one outage.
type span struct{ from, to time.Time }

func newReplayer(j *Journal) *replayer {
	return &replayer{j: j, quit: make(chan struct{})}
}

// begin replays the records of an outage, after those of the ones before.
func (p *replayer) begin(from, to time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spans = append(p.spans, span{from, to})
	if !p.running && !p.stopped() {
		p.running = true
		p.done.Go(p.run)
	}
}

func (p *replayer) run() {
	for {
		p.mu.Lock()
		if len(p.spans) == 0 || p.stopped() {
			p.running = false
			p.mu.Unlock()
			return
		}
		s := p.spans[0]
		p.spans = p.spans[1:]
		p.mu.Unlock()
		p.play(s)
	}
}

func (p *replayer) stopped() bool {
	select {
	case <-p.quit:
		return true
	default:
		return false
	}
}

// play sends what spilled in one outage, and says how much it was.
func (p *replayer) play(s span) {
	m := p.j.mirror.Load()
	if m == nil {
		return
	}
	m.Wake()
	p.j.beacon.Wait(farewell, p.quit, func() bool { return m.Pending() == 0 })
	sent := uint64(0)
	var failed error
	for n := range record.Lanes {
		r := mirror.NewReader(m.Dir(), n, s.from)
		count, err := p.playLane(r, s)
		r.Close()
		sent += count
		if err != nil {
			failed = err
		}
	}
	if p.stopped() {
		return
	}
	attrs := []slog.Attr{slog.Uint64("count", sent)}
	if failed != nil {
		attrs = append(attrs, slog.Any("error", failed))
	}
	p.j.own(LevelNotice, EventReplayed, fmt.Sprintf("%d records that went to the log files are in the journal", sent), attrs...)
}

// playLane sends what spilled in one lane.
func (p *replayer) playLane(r *mirror.Reader, s span) (sent uint64, err error) {
	pid := os.Getpid()
	from, to := s.from.Truncate(time.Microsecond), s.to
	var group []record.Packed
	for !p.stopped() {
		if next := r.Next(); errors.Is(next, mirror.ErrNoMore) {
			break
		} else if next != nil {
			err = next // of one file; there are others
			continue
		}
		h := &r.Head
		if h.Mark != line.Spilled.String() || h.PID != pid || h.Time.Before(from) || h.Time.After(to) {
			continue
		}
		e, bad := line.ParseEntry(h.Text)
		if bad != nil {
			err = bad
			continue
		}
		if group = append(group, e.Pack(record.FlagReplayed)); len(group) == replayGroup {
			sent += p.send(group)
			group = group[:0]
		}
	}
	return sent + p.send(group), err
}

// send hands records over until journald has them all, however often it stops in
// between, and returns how many it has when the journal is closed.
func (p *replayer) send(group []record.Packed) (sent uint64) {
	for len(group) > 0 && p.pause(group) {
		before := p.taken.Load()
		p.broken.Store(false)
		var end uint64
		for _, r := range group {
			at, _, ok := p.j.ring.Put(r, kindOf(r).reach(p.j.ring.Size()))
			if !ok {
				break
			}
			end = at
		}
		p.j.wake()
		if !p.j.beacon.Wait(time.Hour, p.quit, func() bool { return p.j.routed.Load() >= end }) {
			return sent
		}
		n := p.taken.Load() - before
		sent += n
		group = group[n:]
	}
	return sent
}

// pause waits as long as the governor would have these records take, and until
// journald takes records. It reports whether to go on.
func (p *replayer) pause(group []record.Packed) bool {
	wait := time.Duration(len(group)) * time.Second / DefaultRate
	for {
		select {
		case <-p.quit:
			return false
		case <-time.After(wait):
		}
		if p.j.state.Load().State == StateOK && p.j.waiting() < p.j.ring.Size()*replayAt/full {
			return true
		}
		wait = replayCheck
	}
}

func (p *replayer) close() {
	p.mu.Lock()
	close(p.quit)
	p.mu.Unlock()
	p.done.Wait()
}
