package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
)

// ask for the records, as "gind logs" does. The stream ends with the test.
func ask(t *testing.T, f *fixture, query string) *Stream {
	t.Helper()
	client, err := control.Dial(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	stream, err := client.Stream(ctx, "/logs?"+query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	return NewStream(stream)
}

// message of a record.
func message(line journal.Line) string {
	var record struct{ Msg string }
	_ = json.Unmarshal(line.JSON, &record)
	return record.Msg
}

// past is what memory held, by its messages.
func past(t *testing.T, records *Stream) string {
	t.Helper()
	lines, err := records.Past()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, line := range lines {
		all = append(all, message(line))
	}
	return strings.Join(all, " ")
}

// follows fails the test unless these messages come next.
func follows(t *testing.T, records *Stream, want ...string) {
	t.Helper()
	for _, want := range want {
		line, err := records.Next()
		if err != nil || message(line) != want {
			t.Fatalf("%s, %v; want %s", line.JSON, err, want)
		}
	}
}

func ends(t *testing.T, records *Stream) {
	t.Helper()
	if line, err := records.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%s, %v; want the end of the stream", line.JSON, err)
	}
}

func flush(t *testing.T, f *fixture) {
	t.Helper()
	if err := f.Journal.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestThePastHasTheRecordsOfALevelAndWorse(t *testing.T) {
	f := serve(t, Options{})
	f.log.Info("i1")
	f.log.Error("e1")
	f.log.Warn("w1")
	flush(t, f)
	records := ask(t, f, "level=warn")
	if got := past(t, records); got != "e1 w1" {
		t.Errorf("past %q", got)
	}
	ends(t, records)
	if got := past(t, ask(t, f, "level=info")); got != "i1 e1 w1" {
		t.Errorf("past %q", got)
	}
}

func TestAFollowerMissesNothingBetweenThePastAndNow(t *testing.T) {
	f := serve(t, Options{})
	f.log.Info("before")
	flush(t, f)
	records := ask(t, f, "level=info&follow=true")
	if got := past(t, records); got != "before" {
		t.Errorf("past %q", got)
	}
	f.log.Info("after")
	f.log.Debug("unwanted")
	f.log.Error("later")
	follows(t, records, "after", "later")
}

// TestADrainEndsTheStreamIfASuccessorIsTheOneToAsk: else it goes on until the process
// ends, and has what was logged last.
func TestADrainEndsTheStreamIfASuccessorIsTheOneToAsk(t *testing.T) {
	succeeded := serve(t, Options{})
	records := ask(t, succeeded, "level=info&follow=true")
	past(t, records)
	succeeded.log.Info("last")
	succeeded.succeeded.Store(true)
	succeeded.drain()
	follows(t, records, "last")
	ends(t, records)

	alone := serve(t, Options{})
	records = ask(t, alone, "level=info&follow=true")
	past(t, records)
	alone.drain()
	alone.log.Info("draining")
	follows(t, records, "draining")
	alone.log.Info("drained")
	alone.Shutdown(t.Context())
	follows(t, records, "drained")
	ends(t, records)
}

// slow reads a piece at a time, when it is told to.
type slow struct {
	begun chan struct{}
	read  chan string
}

func (s slow) Write(p []byte) (int, error) {
	s.begun <- struct{}{}
	s.read <- string(p)
	return len(p), nil
}

func TestASlowReaderIsToldHowManyRecordsItMissed(t *testing.T) {
	f := serve(t, Options{})
	_, now := f.Journal.Follow(0, journal.LevelNotice)
	defer now.Close()
	reader := slow{make(chan struct{}), make(chan string)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.followLogs(ctx, now, reader) }()

	f.log.Warn("first")
	<-reader.begun // and now it does not read
	const more = 1000
	for range more {
		f.log.Warn("flood")
	}
	flush(t, f)
	told := fmt.Sprintf(`"%d records were passed over`, more-cap(now.Lines()))
	<-reader.read
	<-reader.begun
	text := <-reader.read
	if got := strings.Count(text, `"flood"`); got != cap(now.Lines()) {
		t.Errorf("%d records, want %d", got, cap(now.Lines()))
	}
	if strings.Count(text, "records were passed over") != 1 || !strings.Contains(text, told) {
		t.Errorf("%s is not told once: …%s", told, text[max(0, len(text)-200):])
	}

	f.log.Warn("again")
	<-reader.begun
	if text := <-reader.read; strings.Contains(text, "passed over") {
		t.Errorf("what was told is told again: %s", text)
	}
	cancel()
	<-reader.begun
	<-reader.read
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestALevelThatIsNoneIsRefused(t *testing.T) {
	f := serve(t, Options{})
	client, err := control.Dial(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	_, err = client.Stream(t.Context(), "/logs?level=loud")
	var refused *control.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		t.Errorf("%v", err)
	}
}

// TestAStreamThatEndsInThePastIsAnError, and a line that is no record is shown.
func TestAStreamThatEndsInThePastIsAnError(t *testing.T) {
	whole := NewStream(strings.NewReader("no record\n\nnow\n"))
	if lines, err := whole.Past(); err != nil || len(lines) != 1 || string(lines[0].JSON) != "no record" {
		t.Errorf("%+v, %v", lines, err)
	}
	if line, err := whole.Next(); err != nil || string(line.JSON) != "now" {
		t.Errorf("%+v, %v", line, err)
	}
	if _, err := NewStream(strings.NewReader("cut off\n")).Past(); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}
