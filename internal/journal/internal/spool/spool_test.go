package spool

import (
	"bytes"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// disk is a file that fails while it is full, and hangs for a time.
type disk struct {
	text  bytes.Buffer
	full  atomic.Bool
	hangs time.Duration
}

var errFull = errors.New("full")

func (d *disk) write(_ record.Lane, p []byte) (int, error) {
	time.Sleep(d.hangs)
	if d.full.Load() {
		return 0, errFull
	}
	return d.text.Write(p)
}

// startSpool has lines written to d, and returns what they said of it.
func startSpool(d *disk, bound int) (s *Spool, said *[]error) {
	said = new([]error)
	s = New(Options{
		Format: line.NewLogfmt(1), Bound: bound, Beacon: new(beacon.Beacon), Lane: record.Packed.Lane,
		Out: d.write, State: func(err error) { *said = append(*said, err) },
	})
	go s.Run(time.Hour, func(time.Time) {}, nil)
	return s, said
}

func note(level slog.Level, message string) record.Packed {
	return journaltest.Record(time.Time{}, level, message)
}

func TestWorstIsWrittenFirstAndAllOfItBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		s, _ := startSpool(d, 1<<10)
		if n := s.Add([]record.Packed{note(slog.LevelInfo, "i"), note(slog.LevelError, "e")}, line.Unmarked); n != 2 {
			t.Errorf("%d taken", n)
		}
		s.Close(time.Second)
		if got, want := d.text.String(), "level=ERROR pid=1 msg=e\nlevel=INFO pid=1 msg=i\n"; got != want || s.Unwritten() != 0 {
			t.Errorf("%q and %d unwritten, want %q", got, s.Unwritten(), want)
		}
	})
}

func TestFailureIsSaidOnceAndWrittenAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(disk)
		d.full.Store(true)
		s, said := startSpool(d, 1<<10)
		s.AddOne(note(slog.LevelInfo, "x"), line.Spilled)
		s.Wake()
		time.Sleep(3*retryAfter + retryAfter/2)
		synctest.Wait()
		if s.Err() == nil || s.Broken() == nil || time.Since(s.Since()) < 3*retryAfter || s.Written(record.LaneInfo) != 0 {
			t.Errorf("%v, %v, since %v", s.Err(), s.Broken(), s.Since())
		}
		d.full.Store(false)
		time.Sleep(retryAfter)
		synctest.Wait()
		if s.Err() != nil || s.Written(record.LaneInfo) != 1 || s.Pending() != 0 {
			t.Errorf("%v, %d written, %d bytes pending", s.Err(), s.Written(record.LaneInfo), s.Pending())
		}
		if len(*said) != 2 || !errors.Is((*said)[0], errFull) || (*said)[1] != nil {
			t.Errorf("said: %v", *said)
		}
		s.Close(time.Second)
	})
}

func TestLaneIsBoundedAndOthersAreNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startSpool(&disk{hangs: time.Minute}, 100)
		for s.AddOne(note(slog.LevelInfo, "x"), line.Spilled) {
		}
		if s.Room(record.LaneInfo) || !s.Room(record.LaneError) || !s.AddOne(note(slog.LevelError, "x"), line.Spilled) {
			t.Error("a full lane concerns another one")
		}
		s.Wake()
		time.Sleep(2 * Hangs)
		synctest.Wait()
		if s.Err() == nil || s.Broken() != nil {
			t.Errorf("that it hangs: %v, %v", s.Err(), s.Broken())
		}
		s.Close(time.Second) // gives up
		if s.Unwritten() == 0 {
			t.Error("nothing is lost, though it hangs")
		}
		<-s.Ended()
	})
}

// TestWriteHangsByAClockThatNobodySets: one that is set back or forth (NTP, a machine
// that was asleep) would say of a disk that works that it hangs, or the reverse.
func TestWriteHangsByAClockThatNobodySets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := startSpool(&disk{hangs: time.Minute}, 1<<10)
		time.Sleep(time.Second)
		s.AddOne(note(slog.LevelInfo, "x"), line.Spilled)
		s.Wake()
		synctest.Wait()
		if began := time.Duration(s.busy.Load()); began != time.Second {
			t.Errorf("the write began %v after the spool, on another clock", began)
		}
		if time.Sleep(Hangs - time.Millisecond); s.Err() != nil {
			t.Errorf("too soon: %v", s.Err())
		}
		if time.Sleep(time.Millisecond); s.Err() == nil {
			t.Error("it hangs, and nobody says so")
		}
		s.Close(time.Hour)
	})
}
