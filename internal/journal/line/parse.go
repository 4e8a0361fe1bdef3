package line

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/level"
)

// timeLayout is how a line says its time: always in UTC, always with microseconds.
const timeLayout = "2006-01-02T15:04:05.000000Z"

var (
	jsonTime   = []byte(`{"time":"`)
	logfmtTime = []byte(`time=`)
)

// TimeOf reads the time at the beginning of a line of either format.
func TimeOf(line []byte) (time.Time, bool) {
	rest, ok := bytes.CutPrefix(line, jsonTime)
	if !ok {
		rest, ok = bytes.CutPrefix(line, logfmtTime)
	}
	if !ok || len(rest) < len(timeLayout) {
		return time.Time{}, false
	}
	t, err := time.Parse(timeLayout, string(rest[:len(timeLayout)]))
	return t, err == nil
}

// Entry is a line of the mirror, read back.
type Entry struct {
	time    time.Time // zero if the line has none
	level   slog.Level
	pid     int
	mark    string
	Message []byte
	Attrs   []byte // tokens
	seen    map[string]bool
}

var errNotALine = errors.New("not a line of the mirror")

// ParseEntry reads a line of either format, without its end.
func ParseEntry(line []byte) (*Entry, error) {
	e := &Entry{seen: make(map[string]bool, 6)}
	var err error
	if bytes.HasPrefix(line, []byte{'{'}) {
		err = e.readJSON(line)
	} else {
		err = e.readLogfmt(line)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w: %w", errNotALine, err)
	}
	if !e.seen[keyLevel] || !e.seen[keyMsg] {
		return nil, fmt.Errorf("journal: %w: no level or no message", errNotALine)
	}
	return e, nil
}

// Pack is the entry as a record.
func (e *Entry) Pack(flags uint16) record.Packed {
	return append(record.AppendHead(nil, e.time, e.level, 0, flags, string(e.Message)), e.Attrs...)
}

// member takes what stands before the attributes, the last of which is the message:
// what has the name of one of them behind it is an attribute, also where the line has
// none of its own.
func (e *Entry) member(key, text string) (bool, error) {
	if e.seen[key] || e.seen[keyMsg] {
		return false, nil
	}
	var err error
	switch key {
	case keyTime:
		e.time, err = time.Parse(time.RFC3339Nano, text)
	case keyLevel:
		e.level, err = level.Parse(text)
	case keyPID:
		e.pid, err = strconv.Atoi(text)
	case keyMark:
		e.mark = text
	case keyMsg:
		e.Message = []byte(text)
	default:
		return false, nil
	}
	e.seen[key] = true
	return true, err
}
