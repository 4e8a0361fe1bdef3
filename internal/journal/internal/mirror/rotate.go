package mirror

import (
	"errors"
	"os"
	"time"
)

func (l *levelFile) due(now time.Time, n int64) bool {
	full, old := l.size+n > l.max, now.Sub(l.born) >= l.age
	return l.max > 0 && (full || old) && !now.Before(l.stuck)
}

// tidy rotates the file if its age calls for it although nothing is written.
func (l *levelFile) tidy(now time.Time) {
	if l.file == nil {
		if info, err := os.Stat(l.path()); err != nil || info.Size() == 0 || l.open(now) != nil {
			return
		}
	}
	if l.size > 0 && l.due(now, 0) {
		_ = l.rotate(now) // the next write says what is wrong
	}
}

// rotate gives the file a name with the time in it, and begins a new one. If
// that is not possible the records go on into the old one: better a file that is
// too long than none.
func (l *levelFile) rotate(now time.Time) error {
	if l.check(now); l.file == nil {
		return l.open(now) // somebody else has rotated it
	}
	l.close() // Windows renames nothing that is open
	renamed := l.rename(now)
	if err := l.open(now); err != nil {
		return err
	}
	if !renamed {
		l.stuck = now.Add(restuck)
	} else if l.rotated != nil {
		l.rotated()
	}
	return nil
}

// renameIfNew is renameToNew where the system has no such thing: two processes
// that rotate one file in the same microsecond are not told apart.
func renameIfNew(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return os.ErrExist
	}
	return os.Rename(from, to)
}

// rename gives the file a name that no other has, and reports whether it could.
func (l *levelFile) rename(at time.Time) bool {
	for {
		err := renameToNew(l.path(), rotatedName(l.dir, l.lane, at))
		if !errors.Is(err, os.ErrExist) {
			return err == nil
		}
		at = at.Add(time.Microsecond)
	}
}
