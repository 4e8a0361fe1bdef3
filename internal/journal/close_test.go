package journal

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/mirror"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// TestCloseAndReconfigureTogether: either comes first, and the other knows.
func TestCloseAndReconfigureTogether(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		j := newJournalTo(io.Discard, mustNormal(t, Options{Target: JSON, Mirror: MirrorOptions{Dir: filepath.Join(dir, "a")}}))
		o := j.opts
		o.Mirror.Dir = filepath.Join(dir, "b")
		var both sync.WaitGroup
		both.Go(func() {
			if err := j.Reconfigure(o); err != nil && !errors.Is(err, errClosed) {
				t.Errorf("Reconfigure: %v", err)
			}
		})
		both.Go(func() {
			if err := j.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		both.Wait()
		if err := j.Reconfigure(o); !errors.Is(err, errClosed) {
			t.Errorf("Reconfigure of a closed journal: %v", err)
		}
	}
}

// TestCloseWaitsForAReconfigureThatHasBegun, which would make a mirror that nobody
// closes, or close one that Close has closed.
func TestCloseWaitsForAReconfigureThatHasBegun(t *testing.T) {
	t.Parallel()
	j, _ := openQuiet(t, Options{})
	j.mu.Lock() // as one has it until its end
	closed := make(chan error)
	go func() {
		closed <- j.Close()
		close(closed)
	}()
	select {
	case err := <-closed:
		t.Error("it is closed meanwhile: ", err)
	case <-time.After(100 * time.Millisecond):
	}
	if j.ended() {
		t.Error("the writer has ended meanwhile")
	}
	j.mu.Unlock()
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestWhatIsLoggedWhileItClosesIsTakenOrCounted: what a service's goroutines log last
// says why it ends.
func TestWhatIsLoggedWhileItClosesIsTakenOrCounted(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	j, log := openStream(t, &out, Options{})
	const n = 100
	closed := make(chan error, 1)
	err := j.do(func(*writer) { // who looks into the ring once more when this is done
		go func() { closed <- j.Close() }()
		for deadline := time.Now().Add(10 * time.Second); !j.closing.Load() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		for range n {
			log.Info("while it closes")
		}
	})
	if err := errors.Join(err, <-closed); err != nil {
		t.Error(err)
	}
	if got := strings.Count(out.String(), "while it closes"); got != n {
		t.Errorf("%d of %d records that came while it closed are there", got, n)
	}
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelError} {
		r := slog.NewRecord(time.Now(), level, "too late", 0)
		if err := j.Handler().Handle(t.Context(), r); !errors.Is(err, errClosed) {
			t.Errorf("%v: %v", level, err)
		}
	}
	j.own(slog.LevelError, EventMirrorFailing, "too late")
	if s := j.Stats(); s.Lost != 3 {
		t.Errorf("%d of 3 that came too late are counted", s.Lost)
	}
}

// TestOwnRecordsWaitForNobody, also where the ring is full and the mirror's goroutine,
// which may be the one that logs, writes nothing.
func TestOwnRecordsWaitForNobody(t *testing.T) {
	t.Parallel()
	j, _ := openQuiet(t, Options{RingSize: 4 << 10})
	m := &mirror.Mirror{Spool: spool.New(spool.Options{
		Format: line.NewJSON(1), Bound: 1 << 20, Beacon: j.beacon, Lane: record.Packed.Lane,
	})}
	err := j.do(func(*writer) {
		for j.ring.Used() < j.ring.Size() {
			j.ring.Put(make([]byte, 56), j.ring.Size())
		}
		j.mirror.Store(m)
		defer j.mirror.Store(nil)
		began := time.Now()
		j.own(slog.LevelError, EventMirrorFailing, "the log files cannot be written")
		if d := time.Since(began); d >= awaited {
			t.Errorf("it took %v", d)
		}
		for { // what was put in is no record
			if _, ok := j.ring.Take(); !ok {
				break
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if m.Queued(record.LaneError) != 1 {
		t.Error("the mirror does not have it")
	}
}

func mustNormal(t *testing.T, o Options) Options {
	t.Helper()
	o, err := o.normal()
	if err != nil {
		t.Fatal(err)
	}
	return o
}
