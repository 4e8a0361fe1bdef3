package journal

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/ring"
	"github.com/gind/gind/internal/journal/internal/stream"
	"github.com/gind/gind/internal/journal/line"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// open opens a journal for a test.
func open(t testing.TB, o Options) (*Journal, *slog.Logger) {
	t.Helper()
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, slog.New(j.Handler())
}

func flush(t testing.TB, j *Journal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := j.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// newJournalTo is a journal that writes lines to w.
func newJournalTo(w io.Writer, o Options) *Journal {
	b := new(beacon.Beacon)
	out, _ := streamOutlet(stream.New(w, func() {}, line.NewJSON(1), b), nil)
	return newJournal(o, out, ring.New(o.RingSize, largeBound), nil, b)
}

// openQuiet opens a journal whose target takes everything and shows nothing.
func openQuiet(t testing.TB, o Options) (*Journal, *slog.Logger) {
	t.Helper()
	o, err := o.normal()
	if err != nil {
		t.Fatal(err)
	}
	j := newJournalTo(io.Discard, o)
	t.Cleanup(func() { _ = j.Close() })
	return j, slog.New(j.Handler())
}

// mirrored are the values of field in the mirror's files, each with how often it is there.
func mirrored(t testing.TB, dir, field string) map[string]int {
	t.Helper()
	return journaltest.Count(t, field, func(yield func([]byte, error) bool) {
		for l, err := range Read(dir, Query{Min: slog.LevelDebug}) {
			if !yield(l.JSON, err) {
				return
			}
		}
	})
}
