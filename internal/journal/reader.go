package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
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
func Read(dir string, q Query) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		var readers []*laneReader
		for n := range laneOf(q.Min) + 1 {
			r := newLaneReader(dir, n, q.Since)
			defer r.close()
			readers = append(readers, r)
		}
		format := newJSONLines(os.Getpid())
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
			line := Line{Time: r.head.time, Level: r.head.level, JSON: r.head.json(format)}
			if !yield(line, nil) || !r.advance(q, yield) {
				return
			}
		}
	}
}

// earliest is the reader whose next record is the oldest, nil if there is none.
func earliest(readers []*laneReader) *laneReader {
	var first *laneReader
	for _, r := range readers {
		if !r.done && (first == nil || r.head.time.Before(first.head.time)) {
			first = r
		}
	}
	return first
}

// advance makes the next record that q wants the head.
func (r *laneReader) advance(q Query, yield func(Line, error) bool) bool {
	for {
		err := r.next()
		switch {
		case errors.Is(err, errNoMore):
			r.done = true
			return true
		case err != nil:
			if !yield(Line{}, err) {
				return false
			}
		case r.head.level >= q.Min && !r.head.time.Before(q.Since) && (q.Until.IsZero() || !r.head.time.After(q.Until)):
			return true
		}
	}
}

// head is a line, and what its beginning says.
type head struct {
	time  time.Time
	level slog.Level
	pid   int
	mark  string
	line  []byte // without its end
}

// readHead reads the beginning of a line, whose members are always the same and
// in the same order.
func readHead(line []byte, h *head) bool {
	*h = head{line: line, time: h.time} // a line without a time has that of the one before
	if t, ok := timeOfLine(line); ok {
		h.time = t
	}
	start := line[:min(len(line), 160)]
	level := member(start, `"level":"`, `level=`)
	h.pid, _ = strconv.Atoi(member(start, `"pid":`, ` pid=`))
	h.mark = member(beforeMessage(start), `"journal":"`, ` journal=`)
	var err error
	h.level, err = ParseLevel(level)
	return err == nil
}

func beforeMessage(start []byte) []byte {
	for _, key := range []string{`"msg":`, ` msg=`} {
		if i := bytes.Index(start, []byte(key)); i >= 0 {
			return start[:i+1]
		}
	}
	return start
}

// member is the value that follows the first of keys that is there.
func member(start []byte, keys ...string) string {
	for _, key := range keys {
		if _, rest, ok := bytes.Cut(start, []byte(key)); ok {
			if end := bytes.IndexAny(rest, `",} `); end >= 0 {
				return string(rest[:end])
			}
		}
	}
	return ""
}

// json is the line as a JSON object.
func (h *head) json(format *jsonLines) []byte {
	if bytes.HasPrefix(h.line, []byte{'{'}) {
		return bytes.Clone(h.line)
	}
	e, err := parseLine(h.line)
	if err != nil {
		return appendJSONString(nil, h.line)
	}
	text := format.append(nil, e.pack(0), markNone)
	return text[:len(text)-1]
}

// laneReader goes through the files of one lane, the oldest first.
type laneReader struct {
	files []string
	last  *os.File // the current file, opened first so that no rotation hides it
	open  io.Closer
	lines *bufio.Scanner
	head  head
	done  bool
}

// maxLine bounds a line: a record of the largest size with everything in it escaped.
const maxLine = 7 * maxRecord

func newLaneReader(dir string, n lane, since time.Time) *laneReader {
	r := &laneReader{}
	var current os.FileInfo
	if f, err := os.Open(filepath.Join(dir, n.String()+plainEnd)); err == nil {
		r.last = f
		current, _ = f.Stat()
	}
	rotated, _ := rotatedIn(dir) // none to be read is none
	for i, f := range rotated {
		if f.lane != n || f.end == halfEnd || f.at.Before(since) {
			continue
		}
		if i+1 < len(rotated) && rotated[i+1].end == packedEnd && rotated[i+1].at.Equal(f.at) && rotated[i+1].lane == n {
			continue // a crash has left it beside what it was compressed to
		}
		if info, err := os.Stat(f.path); err == nil && current != nil && os.SameFile(info, current) {
			continue // rotated after it was opened
		}
		r.files = append(r.files, f.path)
	}
	return r
}

// errNoMore is not io.EOF, which is also what a file that was cut off says.
var errNoMore = errors.New("no more lines")

// next reads the next line into head. The line is good until the next call.
func (r *laneReader) next() error {
	for {
		if r.lines == nil {
			if err := r.nextFile(); err != nil {
				return err
			}
		}
		for r.lines.Scan() {
			if readHead(r.lines.Bytes(), &r.head) {
				return nil
			}
		}
		err := r.lines.Err()
		r.closeFile()
		if err != nil {
			return err
		}
	}
}

func (r *laneReader) nextFile() error {
	if len(r.files) == 0 {
		if r.last == nil {
			return errNoMore
		}
		r.scan(r.last, r.last)
		r.last = nil
		return nil
	}
	path := r.files[0]
	r.files = r.files[1:]
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(path, plainEnd) {
		path = strings.TrimSuffix(path, plainEnd) + packedEnd // compressed meanwhile
		f, err = os.Open(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return r.nextFile() // deleted meanwhile
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if !strings.HasSuffix(path, packedEnd) {
		r.scan(f, f)
		return nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return errors.Join(fmt.Errorf("journal: %s: %w", path, err), f.Close())
	}
	r.scan(z, f)
	return nil
}

func (r *laneReader) scan(from io.Reader, c io.Closer) {
	r.lines = bufio.NewScanner(from)
	r.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	r.open = c
}

func (r *laneReader) closeFile() {
	if r.open != nil {
		_ = r.open.Close() // it was only read
	}
	r.open, r.lines = nil, nil
}

func (r *laneReader) close() {
	r.closeFile()
	if r.last != nil {
		_ = r.last.Close()
	}
}

// Printer shows records to people.
type Printer struct {
	w     io.Writer
	lines *textLines
	buf   []byte
}

// NewPrinter makes one that writes to w, in colour or not.
func NewPrinter(w io.Writer, color bool) *Printer {
	return &Printer{w: w, lines: newTextLines(color)}
}

// Print writes one record as a line. What is not a record is written as it is.
func (p *Printer) Print(l Line) error {
	e, err := parseLine(l.JSON)
	if err != nil {
		p.buf = append(append(p.buf[:0], l.JSON...), '\n')
	} else {
		p.buf = p.lines.append(p.buf[:0], e.pack(0), markNone)
	}
	_, err = p.w.Write(p.buf)
	return err
}
