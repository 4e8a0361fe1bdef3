package orders

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gind/gind/internal/control"
	"github.com/gind/gind/internal/journal"
)

// The stream GET /logs?level=LEVEL&follow=true is one JSON object a line, as the
// mirror has it: what memory holds at that level and worse, then an empty line,
// then with follow what is logged from then on.

// flushTime bounds the wait for what was logged before a stream ends.
const flushTime = time.Second

// everything is more records than memory holds.
const everything = 1 << 20

// logs answers "gind logs".
func (s *Server) logs(ctx context.Context, r *control.Request, w io.Writer) error {
	level, err := journal.ParseLevel(r.Query.Get("level"))
	if err != nil {
		return &control.Error{Status: http.StatusBadRequest, Text: err.Error()}
	}
	past, now := s.Journal.Follow(everything, level)
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
	return s.followLogs(ctx, now, w)
}

// followLogs until the caller hangs up, the process ends, or its successor is the
// one to ask.
func (s *Server) followLogs(ctx context.Context, now *journal.Subscription, w io.Writer) error {
	draining := s.Draining.Done()
	var missed uint64
	for {
		select {
		case <-ctx.Done():
			return s.lastLogs(now, w)
		case <-draining:
			if s.Succeeded() {
				return s.lastLogs(now, w)
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
func (s *Server) lastLogs(now *journal.Subscription, w io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	_ = s.Journal.Flush(ctx) // so that it has come to those who follow, too
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
