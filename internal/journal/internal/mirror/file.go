package mirror

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gind/gind/internal/journal/internal/flock"
	"github.com/gind/gind/internal/journal/internal/record"
)

// levelFile is one file of the mirror. It belongs to one goroutine, but not to
// one process: during an upgrade two processes write the same files, which is
// why none of the rotating writers on the shelf serves here (they open without
// O_APPEND after a rotation, and compress a file that another process still
// writes). Every process appends whole lines, holds a shared lock on the file it
// writes, and compresses only what nobody holds.
type levelFile struct {
	dir  string
	lane record.Lane
	max  int64         // size at which it is rotated; not positive: never
	age  time.Duration // of its oldest record, at which it is rotated

	file    *os.File
	size    int64
	born    time.Time // of the oldest record
	checked time.Time // when it was last seen to be the file of that name
	stuck   time.Time // not to be rotated before, because that has just failed

	rotated func() // is called after each rotation
}

const (
	dirMode  = 0o750
	fileMode = 0o640

	// chunk is how much is written at once, in bytes, so that a file outgrows
	// its bound by no more.
	chunk = 256 << 10

	// recheck is how often the file is compared with what its name leads to.
	recheck = time.Second

	// restuck is how long a rotation that failed is not tried again.
	restuck = time.Minute
)

func (l *levelFile) path() string { return filepath.Join(l.dir, l.lane.String()+".log") }

// write appends p, which is whole lines, and returns how much of it is in the
// file: after an error, again whole lines.
func (l *levelFile) write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		part := firstLines(p[done:], chunk)
		n, err := l.append(part)
		done += n
		if err != nil {
			return done, fmt.Errorf("journal: mirror: %w", err)
		}
	}
	return done, nil
}

// firstLines is as many whole lines of p as fit into n bytes, and one at least.
func firstLines(p []byte, n int) []byte {
	if len(p) <= n {
		return p
	}
	if i := bytes.LastIndexByte(p[:n], '\n'); i >= 0 {
		return p[:i+1]
	}
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return p[:i+1]
	}
	return p
}

func (l *levelFile) append(p []byte) (int, error) {
	const tries = 3 // the file may be deleted under us; not for ever
	for try := 1; ; try++ {
		if err := l.ensure(int64(len(p))); err != nil {
			return 0, err
		}
		n, err := l.file.Write(p)
		if err != nil {
			return l.mend(p, n), err
		}
		l.size += int64(n)
		if try == tries || !flock.Unlinked(l.file) {
			return n, nil
		}
		l.close() // what was written went away with the file
	}
}

// mend takes the part of a line that a full disk left off the end of the file,
// unless somebody has written behind it, and returns how much of p stays.
func (l *levelFile) mend(p []byte, n int) int {
	whole := bytes.LastIndexByte(p[:n], '\n') + 1
	if whole == n {
		l.size += int64(n)
		return n
	}
	if info, err := l.file.Stat(); err == nil && info.Size() == l.size+int64(n) {
		if l.file.Truncate(l.size+int64(whole)) == nil {
			l.size += int64(whole)
			return whole
		}
	}
	l.close() // it is opened again with an end to the line that was torn
	return whole
}

// ensure opens the file, and rotates it where the next n bytes or its age call for it.
func (l *levelFile) ensure(n int64) error {
	now := time.Now()
	if l.file != nil && now.Sub(l.checked) >= recheck {
		l.check(now)
	}
	if l.file == nil {
		if err := l.open(now); err != nil {
			return err
		}
	}
	if l.size == 0 {
		l.born = now
		return nil
	}
	if l.due(now, n) {
		return l.rotate(now)
	}
	return nil
}
