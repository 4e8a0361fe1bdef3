package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
)

// prompt is more than a call takes on a busy machine, and less than what waits
// for a log that stands still.
const prompt = 500 * time.Millisecond

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// readAll is the text of all files in dir.
func readAll(t testing.TB, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(readFile(t, path))
	}
	return b.String()
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// readLog is the file of a lane, empty if there is none.
func readLog(t testing.TB, dir string, n record.Lane) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, n.String()+".log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// fields is one record as journald would read it: every value of every field, in order.
type fields map[string][]string

func (f fields) get(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// decodeNative reads a record in the native protocol, and is as strict as journald.
func decodeNative(data []byte) (fields, error) {
	f := make(fields)
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte{'\n'})
		if !ok {
			return f, fmt.Errorf("no end of line after %q", data)
		}
		name, value, simple := bytes.Cut(line, []byte{'='})
		if !simple {
			if len(rest) < 8 {
				return f, fmt.Errorf("no length after %q", line)
			}
			n := binary.LittleEndian.Uint64(rest)
			rest = rest[8:]
			if n >= uint64(len(rest)) || rest[n] != '\n' {
				return f, fmt.Errorf("%q: %d bytes, and not an end of line behind them", line, n)
			}
			value, rest = rest[:n], rest[n+1:]
		}
		if !validFieldName(name) {
			return f, fmt.Errorf("%q is no name for a field", name)
		}
		f[string(name)] = append(f[string(name)], string(value))
		data = rest
	}
	return f, nil
}

// validFieldName is journal_field_valid of systemd's journal-file-util.c, which
// also refuses what only journald itself may set.
func validFieldName(name []byte) bool {
	if len(name) == 0 || len(name) > 64 || name[0] == '_' || (name[0] >= '0' && name[0] <= '9') {
		return false
	}
	for _, c := range name {
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// eventually waits until f has nothing to complain about.
func eventually(t testing.TB, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatal(err)
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
func outletTo(w io.Writer, b *beacon) outlet {
	out, _ := streamOutlet(newStreamTo(w, func() {}, newJSONLines(1), b), nil)
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
