package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/flock"
)

// Map is New with the ring in a file of its own in dir. remove deletes that; the
// memory stays.
func Map(dir string, size, aside int) (q *Queue, remove func(), err error) {
	size = sizeOf(size)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: a ring in %s: %w", dir, err)
	}
	path := filepath.Join(dir, fmt.Sprintf("%s%d-%x", Prefix, os.Getpid(), time.Now().UnixNano()))
	memory, err := mapLocked(fd, path, size)
	if err != nil {
		_ = unix.Close(fd)
		return nil, nil, fmt.Errorf("journal: a ring in %s: %w", path, err)
	}
	copy(memory, magic)
	binary.NativeEndian.PutUint64(memory[atSize:], uint64(size))
	q = newIn(
		unsafe.Slice((*uint64)(unsafe.Pointer(&memory[ringStart])), size/8),
		(*atomic.Uint64)(unsafe.Pointer(&memory[atFirst])),
		(*atomic.Uint64)(unsafe.Pointer(&memory[atCleared])), aside)
	return q, func() { _ = errors.Join(os.Remove(path), unix.Close(fd)) }, nil
}

// mapLocked maps a file that has no name yet, and names it when it has its lock.
// Its memory is there from the beginning: that the file system is full is an
// error here, and would be a SIGBUS later.
func mapLocked(fd int, path string, size int) ([]byte, error) {
	if err := unix.Fallocate(fd, 0, 0, int64(ringStart+size)); err != nil {
		return nil, err
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(fd, 0, ringStart+size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	if err := unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW); err != nil {
		_ = unix.Munmap(memory)
		return nil, err
	}
	return memory, nil
}

// TakeLeft reads the ring files in dir whose processes are gone. They are locked
// until they are forgotten, or this process ends.
func TakeLeft(dir string) (left []Left) {
	paths, _ := filepath.Glob(filepath.Join(dir, Prefix+"*")) // it fails for bad patterns only
	slices.SortFunc(paths, func(a, b string) int { return changed(b).Compare(changed(a)) })
	for i, path := range paths {
		file, all, err := lockAndRead(path)
		if err != nil {
			continue // somebody else's
		}
		l := Left{PID: pidOf(filepath.Base(path)), Deleted: i >= mostLeft}
		l.Strings, l.Lost = readFile(all)
		l.Forget = func() { _ = errors.Join(os.Remove(path), file.Close()) }
		if l.Deleted {
			l.Forget()
			l.Forget = func() {}
		}
		left = append(left, l)
	}
	slices.Reverse(left) // as they were logged
	return left
}

// changed is when a file was last written to.
func changed(path string) time.Time {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// lockAndRead locks and reads a ring file, unless its process lives or another one
// is just doing so.
func lockAndRead(path string) (*os.File, []byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || !flock.Exclusive(file) || flock.Unlinked(file)) {
		err = os.ErrExist
	}
	var all []byte
	if err == nil {
		all, err = io.ReadAll(io.LimitReader(file, ringStart+Most))
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, all, nil
}
