package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/value"
)

// newFile begins the names of files that are being written. One that is older
// than this was left by a process that was killed.
const (
	newFile    = ".new-"
	newFileAge = time.Minute
)

// Keep writes a version under the next free number.
func (h *History) Keep(v *Version) error {
	if err := os.MkdirAll(h.Dir, 0o700); err != nil {
		return fmt.Errorf("config: history: %w", err)
	}
	numbers, err := h.Numbers()
	if err != nil {
		return err
	}
	v.Number = 1
	if len(numbers) > 0 {
		v.Number = numbers[len(numbers)-1] + 1
	}
	temporary, err := h.writeNew(v.file())
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := h.name(temporary, v); err != nil {
		return err
	}
	if v.Good {
		return h.MarkGood(v.Number)
	}
	return h.sync()
}

// name gives the file of a version the next number that is free. A link never
// replaces a file: the successor of an upgrade may write, too.
func (h *History) name(temporary string, v *Version) error {
	for ; ; v.Number++ {
		err := os.Link(temporary, h.path(v.Number))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil { // a file system without links
			err = os.Rename(temporary, h.path(v.Number))
		}
		if err != nil {
			return fmt.Errorf("config: history: %w", err)
		}
		return nil
	}
}

// writeNew writes a value to a file that has no name yet that counts.
func (h *History) writeNew(value any) (path string, err error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("config: history: %w", err)
	}
	file, err := os.CreateTemp(h.Dir, newFile+"*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("config: history: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		_ = os.Remove(file.Name())
		return "", fmt.Errorf("config: history: %w", err)
	}
	return file.Name(), nil
}

func (h *History) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		_ = os.Remove(from)
		return fmt.Errorf("config: history: %w", err)
	}
	return h.sync()
}

// sync makes the names in the folder last.
func (h *History) sync() error {
	if err := syncDir(h.Dir); err != nil {
		return fmt.Errorf("config: history: %w", err)
	}
	return nil
}

// Remove a version.
func (h *History) Remove(n int) {
	_ = os.Remove(h.path(n))
	_ = os.Remove(h.goodPath(n))
}

// MarkGood notes that the service was well with a version.
func (h *History) MarkGood(n int) error {
	if _, err := os.Stat(h.path(n)); err != nil {
		return fmt.Errorf("config: history: version %d: %w", n, document.Cause(err))
	}
	if h.isGood(n) {
		return nil
	}
	if err := os.WriteFile(h.goodPath(n), nil, 0o600); err != nil {
		return fmt.Errorf("config: history: %w", err)
	}
	return h.sync()
}

// Prune removes the oldest versions beyond the bounds, and what a killed process
// left behind. The newest, the newest good and the pinned one stay.
func (h *History) Prune() {
	numbers, _ := h.Numbers()
	if len(numbers) == 0 {
		return
	}
	stay := map[int]bool{numbers[len(numbers)-1]: true}
	for _, n := range slices.Backward(numbers) {
		if h.isGood(n) {
			stay[n] = true
			break
		}
	}
	if pin, _ := h.Pin(); pin != nil {
		stay[pin.Version] = true
	}
	count, size, maxCount, maxSize := len(numbers), h.size(), h.maxVersions(), h.maxSize()
	for _, n := range numbers {
		if count <= maxCount && size <= maxSize {
			break
		}
		if stay[n] {
			continue
		}
		if info, err := os.Stat(h.path(n)); err == nil {
			size -= value.Bytes(info.Size())
		}
		h.Remove(n)
		count--
	}
}

func (h *History) maxVersions() int {
	if h.MaxVersions <= 0 {
		return defaultMaxVersions
	}
	return h.MaxVersions
}

func (h *History) maxSize() value.Bytes {
	if h.MaxSize <= 0 {
		return defaultMaxSize
	}
	return h.MaxSize
}

// size of all files, where those that nobody finishes any more are removed.
func (h *History) size() (sum value.Bytes) {
	files, _ := os.ReadDir(h.Dir)
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			continue
		}
		if strings.HasPrefix(file.Name(), newFile) && time.Since(info.ModTime()) > newFileAge {
			_ = os.Remove(filepath.Join(h.Dir, file.Name()))
			continue
		}
		sum += value.Bytes(info.Size())
	}
	return sum
}
