package line

import (
	"iter"
	"log/slog"
	"time"
)

// Parse reads one line of the mirror's JSON format, such as Line.JSON is.
func Parse(text []byte) (Line, error) {
	e, err := ParseEntry(text)
	if err != nil {
		return Line{}, err
	}
	return Line{Time: e.time, Level: e.level, JSON: text}, nil
}

// Merge goes through the records of files, as Read does, and those of memory, as
// Tail has them, in the order of time. What stands in both is there once.
func Merge(files iter.Seq2[Line, error], memory []Line) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		m := newMerger(memory)
		for line, err := range files {
			if err == nil {
				if m.has(line) {
					continue
				}
				for m.before(line.Time) {
					if !yield(m.take(), nil) {
						return
					}
				}
			}
			if !yield(line, err) {
				return
			}
		}
		for len(m.rest) > 0 {
			if !yield(m.take(), nil) {
				return
			}
		}
	}
}

// merger is the lines of memory that are not gone through yet, and how often each
// may still turn up in a file.
type merger struct {
	rest  []Line
	from  time.Time
	known map[identity]int
}

// identity is what two copies of one record have in common, whatever the format.
type identity struct {
	micros  int64
	level   slog.Level
	message string
}

func newMerger(memory []Line) *merger {
	m := &merger{rest: memory, known: make(map[identity]int, len(memory))}
	for _, line := range memory {
		m.known[identityOf(line)]++
	}
	if len(memory) > 0 {
		m.from = memory[0].Time.Truncate(time.Microsecond)
	}
	return m
}

// has is whether a line of a file is one of those in memory.
func (m *merger) has(line Line) bool {
	if len(m.known) == 0 || line.Time.Before(m.from) {
		return false
	}
	id := identityOf(line)
	if m.known[id] == 0 {
		return false
	}
	m.known[id]--
	return true
}

func (m *merger) before(t time.Time) bool { return len(m.rest) > 0 && m.rest[0].Time.Before(t) }

func (m *merger) take() Line {
	line := m.rest[0]
	m.rest = m.rest[1:]
	return line
}

func identityOf(line Line) identity {
	id := identity{micros: line.Time.UnixMicro(), level: line.Level}
	if e, err := ParseEntry(line.JSON); err == nil {
		id.message = string(e.Message)
	}
	return id
}
