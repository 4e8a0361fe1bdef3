package gind

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
)

// The stream GET /logs?level=LEVEL&follow=true is one JSON object a line, as the
// mirror has it: what memory holds at that level and worse, then an empty line,
// then with follow what is logged from then on.

// everything is more records than memory holds.
const everything = 1 << 20

// orderedLogs answers "gind logs".
func (a *application) orderedLogs(ctx context.Context, r *control.Request, w io.Writer) error {
	level, err := journal.ParseLevel(r.Query.Get("level"))
	if err != nil {
		return &control.Error{Status: http.StatusBadRequest, Text: err.Error()}
	}
	past, now := a.journal.Follow(everything, level)
	defer now.Close()
	var b bytes.Buffer
	for _, line := range past {
		b.Write(line.JSON)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	if _, err := w.Write(b.Bytes()); err != nil || r.Query.Get("follow") != "true" {
		return err
	}
	return a.followLogs(ctx, now, w)
}

// followLogs until the caller hangs up, the process ends, or its successor is the
// one to ask.
func (a *application) followLogs(ctx context.Context, now *journal.Subscription, w io.Writer) error {
	draining := a.server.Draining().Done()
	var missed uint64
	for {
		select {
		case <-ctx.Done():
			return a.lastLogs(now, w)
		case <-draining:
			if a.successor != nil {
				return a.lastLogs(now, w)
			}
			draining = nil
		case line := <-now.Lines():
			b := waiting(now, append(line.JSON[:len(line.JSON):len(line.JSON)], '\n'))
			if all := now.Missed(); all > missed {
				b = fmt.Appendf(b, `{"time":%q,"level":"WARN","msg":"%d records were passed over: whoever reads them is too slow"}`+"\n",
					time.Now().UTC().Format(time.RFC3339Nano), all-missed)
				missed = all
			}
			if _, err := w.Write(b); err != nil {
				return nil //nolint:nilerr // nobody reads any more
			}
		}
	}
}

// lastLogs sends what was logged before now.
func (a *application) lastLogs(now *journal.Subscription, w io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookAgain)
	defer cancel()
	_ = a.journal.Flush(ctx) // so that it has come to those who follow, too
	_, err := w.Write(waiting(now, nil))
	return err
}

// waiting appends the records that have come meanwhile, to be sent at once.
func waiting(now *journal.Subscription, b []byte) []byte {
	for range len(now.Lines()) {
		b = append(append(b, (<-now.Lines()).JSON...), '\n')
	}
	return b
}

// logStream reads such a stream.
type logStream struct{ lines *bufio.Reader }

var errEmptyLine = errors.New("an empty line")

// past reads up to the empty line.
func (s *logStream) past() (lines []journal.Line, err error) {
	for {
		line, err := s.next()
		switch {
		case errors.Is(err, errEmptyLine):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("read the records of the running service: %w", err)
		}
		lines = append(lines, line)
	}
}

// next reads a line. One that is no record is shown as it is.
func (s *logStream) next() (journal.Line, error) {
	text, err := s.lines.ReadBytes('\n')
	if err != nil {
		return journal.Line{}, err
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	if len(text) == 0 {
		return journal.Line{}, errEmptyLine
	}
	if line, err := journal.ParseLine(text); err == nil {
		return line, nil
	}
	return journal.Line{Time: time.Now(), Level: slog.LevelInfo, JSON: text}, nil
}
