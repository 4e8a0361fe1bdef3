package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
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

// outletTo writes lines to w.
func outletTo(w io.Writer, b *beacon.Beacon) outlet {
	out, _ := streamOutlet(newStreamTo(w, func() {}, line.NewJSON(1), b), nil)
	return out
}

// openQuiet opens a journal whose target takes everything and shows nothing.
func openQuiet(t testing.TB, o Options) (*Journal, *slog.Logger) {
	t.Helper()
	o, err := o.normal()
	if err != nil {
		t.Fatal(err)
	}
	j := newJournal(o)
	j.start(outletTo(io.Discard, &j.beacon), o)
	t.Cleanup(func() { _ = j.Close() })
	return j, slog.New(j.Handler())
}

// mirrored are the values of field in the mirror's files, each with how often it is there.
func mirrored(t testing.TB, dir, field string) map[string]int {
	t.Helper()
	found := make(map[string]int)
	for line, err := range Read(dir, Query{Min: slog.LevelDebug}) {
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(line.JSON, &m); err != nil {
			t.Fatalf("torn: %v: %s", err, line.JSON)
		}
		if v, ok := m[field]; ok {
			found[fmt.Sprint(v)]++
		}
	}
	return found
}
