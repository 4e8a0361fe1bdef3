package line

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/gind/gind/internal/journal/internal/journaltest"
)

func TestPrinterShowsRecordsToPeople(t *testing.T) {
	var out bytes.Buffer
	p := NewPrinter(&out, false)
	text := NewJSON(1).Append(nil, journaltest.Record(journaltest.SomeTime, slog.LevelWarn, "careful", slog.Int("n", 1)), Unmarked)
	for _, line := range []Line{{JSON: text[:len(text)-1]}, {JSON: []byte("not a record")}} {
		if err := p.Print(line); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.String(); !strings.Contains(got, " WRN careful n=1\nnot a record\n") {
		t.Errorf("%q", got)
	}
}
