package output

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew, to be read by a person")

// sheet is a handler that writes records down for people to compare.
type sheet struct {
	mu    sync.Mutex
	text  strings.Builder
	least slog.Level
	count map[slog.Level]int
	hold  func() // called for each record, outside of the lock
}

func (s *sheet) Enabled(_ context.Context, l slog.Level) bool { return l >= s.least }
func (s *sheet) WithAttrs([]slog.Attr) slog.Handler           { return s }
func (s *sheet) WithGroup(string) slog.Handler                { return s }

func (s *sheet) Handle(_ context.Context, r slog.Record) error {
	if s.hold != nil {
		s.hold()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == nil {
		s.count = map[slog.Level]int{}
	}
	s.count[r.Level]++
	fmt.Fprintf(&s.text, "%-7s %s\n", r.Level, strings.ReplaceAll(r.Message, "\n", "\n        | "))
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&s.text, "        %s (%s) = %s\n", a.Key, a.Value.Kind(), strings.ReplaceAll(a.Value.String(), "\n", "\n        | "))
		return true
	})
	return nil
}

func (s *sheet) counted(l slog.Level) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[l]
}

// TestEveryFormatIsUnderstood has what the loggers of the Go world really
// print, each in a file, and beside it what it becomes.
func TestEveryFormatIsUnderstood(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			printed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := &sheet{least: slog.LevelDebug}
			s := New(Options{Handler: got, Plain: slog.LevelInfo})
			if err := s.Run(bytes.NewReader(printed)); err != nil {
				t.Fatal(err)
			}
			compare(t, strings.TrimSuffix(file, ".txt")+".golden", got.text.String())
		})
	}
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
