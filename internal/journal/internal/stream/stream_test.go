package stream

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/sink"
	"github.com/gind/gind/internal/journal/line"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ sink.Sink = (*Stream)(nil)

func TestReaderWhoStopsMakesItBusyUntilHeGoesOn(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	freed := make(chan struct{})
	s := New(w, func() { close(freed) }, line.NewLogfmt(1), new(beacon.Beacon))
	recs := []record.Packed{journaltest.Record(time.Now(), slog.LevelInfo, strings.Repeat("x", bound/8))}
	sent, err := 0, error(nil)
	for err == nil {
		s.Prepare(recs)
		var n int
		n, err = s.Send()
		sent += n
	}
	if sent < 7 || s.Wait(time.Millisecond) {
		t.Errorf("%d taken, and there is room: %v", sent, s.Wait(0))
	}
	read := make(chan int)
	go func() {
		text, _ := io.ReadAll(r)
		read <- strings.Count(string(text), "\n")
	}()
	if !s.Wait(10*time.Second) || s.Revive() != nil {
		t.Error("it is not busy any more")
	}
	if lost := s.Close(10 * time.Second); lost != 0 {
		t.Errorf("%d lost", lost)
	}
	<-freed
	_ = w.Close()
	if n := <-read; n != sent {
		t.Errorf("%d lines of %d", n, sent)
	}
}

func TestReaderWhoIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	_ = r.Close()
	s := New(w, func() {}, line.NewLogfmt(1), new(beacon.Beacon))
	s.Prepare([]record.Packed{journaltest.Record(time.Now(), slog.LevelInfo, "x")})
	if n, err := s.Send(); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	journaltest.Eventually(t, func() error {
		if err := s.Revive(); !errors.Is(err, io.ErrClosedPipe) {
			return errors.New("it is as if somebody read")
		}
		return nil
	})
	if lost := s.Close(time.Second); lost != 1 {
		t.Errorf("%d lost", lost)
	}
}
