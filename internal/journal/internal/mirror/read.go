package mirror

import (
	"errors"
	"iter"
	"log/slog"
	"os"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// Query says which records of a mirror are wanted.
type Query struct {
	// Since and Until bound the time; a zero one does not.
	Since, Until time.Time
	// Min is the least level. The zero value is info; use slog.LevelDebug for all.
	Min slog.Level
}

// Read goes through the mirror in dir, compressed files and all, in the order of
// time. It needs no Journal: the process that writes may be another one, or gone.
// A file that cannot be read is an error between the records, not their end.
func Read(dir string, q Query) iter.Seq2[line.Line, error] {
	return func(yield func(line.Line, error) bool) {
		var readers []*Reader
		for n := range record.LaneOf(q.Min) + 1 {
			r := NewReader(dir, n, q.Since)
			defer r.Close()
			readers = append(readers, r)
		}
		format := line.NewJSON(os.Getpid())
		for _, r := range readers {
			if !r.advance(q, yield) {
				return
			}
		}
		for {
			r := earliest(readers)
			if r == nil {
				return
			}
			line := line.Line{Time: r.Head.Time, Level: r.Head.Level, JSON: r.Head.JSON(format)}
			if !yield(line, nil) || !r.advance(q, yield) {
				return
			}
		}
	}
}

// earliest is the reader whose next record is the oldest, nil if there is none.
func earliest(readers []*Reader) *Reader {
	var first *Reader
	for _, r := range readers {
		if !r.done && (first == nil || r.Head.Time.Before(first.Head.Time)) {
			first = r
		}
	}
	return first
}

// advance makes the next record that q wants the head.
func (r *Reader) advance(q Query, yield func(line.Line, error) bool) bool {
	for {
		err := r.Next()
		switch {
		case errors.Is(err, ErrNoMore):
			r.done = true
			return true
		case err != nil:
			if !yield(line.Line{}, err) {
				return false
			}
		case r.Head.Level >= q.Min && !r.Head.Time.Before(q.Since) && (q.Until.IsZero() || !r.Head.Time.After(q.Until)):
			return true
		}
	}
}
