package mirror

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// Reader goes through the files of one lane, the oldest first.
type Reader struct {
	files []string
	last  *os.File // the current file, opened first so that no rotation hides it
	open  io.Closer
	lines *bufio.Scanner
	Head  line.Head
	done  bool
}

// maxLine bounds a line: a record of the largest size with everything in it escaped.
const maxLine = 7 * record.Most

// NewReader goes through what was written to a lane since a time.
func NewReader(dir string, n record.Lane, since time.Time) *Reader {
	r := &Reader{}
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

// ErrNoMore is not io.EOF, which is also what a file that was cut off says.
var ErrNoMore = errors.New("no more lines")

// Next reads the next line into head. The line is good until the next call.
func (r *Reader) Next() error {
	for {
		if r.lines == nil {
			if err := r.nextFile(); err != nil {
				return err
			}
		}
		for r.lines.Scan() {
			if line.ReadHead(r.lines.Bytes(), &r.Head) {
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

func (r *Reader) nextFile() error {
	if len(r.files) == 0 {
		if r.last == nil {
			return ErrNoMore
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

func (r *Reader) scan(from io.Reader, c io.Closer) {
	r.lines = bufio.NewScanner(from)
	r.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	r.open = c
}

func (r *Reader) closeFile() {
	if r.open != nil {
		_ = r.open.Close() // it was only read
	}
	r.open, r.lines = nil, nil
}

// Close closes the files.
func (r *Reader) Close() {
	r.closeFile()
	if r.last != nil {
		_ = r.last.Close()
	}
}
