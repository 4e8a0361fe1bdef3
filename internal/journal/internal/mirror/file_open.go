package mirror

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gind/gind/internal/journal/internal/flock"
	"github.com/gind/gind/internal/journal/line"
)

func (l *levelFile) open(now time.Time) error {
	const tries = 10 // another process may rotate it under us
	for range tries {
		file, err := l.openOnce()
		if err != nil {
			return err
		}
		if !flock.Shared(file) {
			_ = file.Close()
			continue
		}
		l.file = file
		if l.check(now); l.file == nil {
			continue
		}
		if err := l.resume(now); err != nil {
			l.close()
			return err
		}
		return nil
	}
	return fmt.Errorf("%s: rotated again and again by another process", l.path())
}

func (l *levelFile) openOnce() (*os.File, error) {
	const flags = os.O_CREATE | os.O_APPEND | os.O_RDWR
	file, err := os.OpenFile(l.path(), flags, fileMode)
	if !errors.Is(err, os.ErrNotExist) {
		return file, err
	}
	if err := os.MkdirAll(l.dir, dirMode); err != nil {
		return nil, err
	}
	return os.OpenFile(l.path(), flags, fileMode)
}

// resume goes on in a file that has records: it looks when they began, and ends
// a line that a crash has torn.
func (l *levelFile) resume(now time.Time) error {
	l.born = now
	if l.size == 0 {
		return nil
	}
	var head [64]byte
	n, _ := l.file.ReadAt(head[:], 0)
	if t, ok := line.TimeOf(head[:n]); ok {
		l.born = t
	}
	var last [1]byte
	if _, err := l.file.ReadAt(last[:], l.size-1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	n, err := l.file.Write([]byte{'\n'})
	l.size += int64(n)
	return err
}

// check closes the file if it is not, or no longer, the one of that name.
func (l *levelFile) check(now time.Time) {
	ours, err := l.file.Stat()
	if err != nil {
		l.close()
		return
	}
	named, err := os.Stat(l.path())
	if err != nil || !os.SameFile(ours, named) {
		l.close()
		return
	}
	l.size, l.checked = ours.Size(), now // another process may write to it too
}

func (l *levelFile) close() {
	if l.file != nil {
		_ = l.file.Close() // every write has been answered for
		l.file = nil
	}
	l.size = 0
}
