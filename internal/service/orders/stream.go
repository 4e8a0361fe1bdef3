package orders

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gind/gind/internal/journal"
)

// Stream reads the records that a running service sends.
type Stream struct{ lines *bufio.Reader }

// NewStream reads r, the answer to GET /logs.
func NewStream(r io.Reader) *Stream { return &Stream{bufio.NewReader(r)} }

// errEmptyLine ends the past.
var errEmptyLine = errors.New("an empty line")

// Past reads what memory held when the stream began.
func (s *Stream) Past() (lines []journal.Line, err error) {
	for {
		line, err := s.Next()
		switch {
		case errors.Is(err, errEmptyLine):
			return lines, nil
		case err != nil:
			return nil, fmt.Errorf("read the records of the running service: %w", err)
		}
		lines = append(lines, line)
	}
}

// Next reads a line. One that is no record is shown as it is.
func (s *Stream) Next() (journal.Line, error) {
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
