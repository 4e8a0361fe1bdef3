package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/value"
)

// History keeps the configurations that were in force, one file a version, in a
// folder of its own. Each file is whole or not there, whenever the process or the
// machine stops. It holds no secrets. Versions may be read by other processes
// while one writes.
type History struct {
	// Dir is the folder. It is made when the first version is kept.
	Dir string
	// MaxVersions and MaxSize bound the folder; the oldest versions go first.
	// 0 means 50 versions and 16 MiB.
	MaxVersions int
	MaxSize     value.Bytes
}

const (
	defaultMaxVersions = 50
	defaultMaxSize     = 16 << 20
)

// ErrNoVersion is wrapped in the errors about versions that are not in the history.
var ErrNoVersion = errors.New("no such version")

// Numbers of the versions that are kept, in order. A folder that is not there has none.
func (h *History) Numbers() ([]int, error) {
	files, err := os.ReadDir(h.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("config: history: %w", err)
	}
	var numbers []int
	for _, file := range files {
		if n, ok := numberOf(file.Name()); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

const (
	versionExt = ".json"
	goodExt    = ".good"
)

func (h *History) path(n int) string {
	return filepath.Join(h.Dir, fmt.Sprintf("%08d%s", n, versionExt))
}

func (h *History) goodPath(n int) string {
	return filepath.Join(h.Dir, fmt.Sprintf("%08d%s", n, goodExt))
}

func (h *History) isGood(n int) bool {
	_, err := os.Stat(h.goodPath(n))
	return err == nil
}

func numberOf(name string) (int, bool) {
	digits, ok := strings.CutSuffix(name, versionExt)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n > 0 && len(digits) >= 8
}

// Get reads a version. The error wraps ErrNoVersion if it is not there.
func (h *History) Get(n int) (*Version, error) {
	text, err := os.ReadFile(h.path(n))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("config: history: version %d: %w", n, ErrNoVersion)
	}
	if err != nil {
		return nil, fmt.Errorf("config: history: version %d: %w", n, err)
	}
	v, err := decodeVersion(text)
	if err != nil {
		return nil, fmt.Errorf("config: history: %s is damaged: %w", h.path(n), err)
	}
	if entry.Digest(v.Entries) != v.SHA256 {
		return nil, fmt.Errorf("config: history: %s is damaged: its entries are not those of its sum", h.path(n))
	}
	v.Number, v.Good = n, h.isGood(n)
	return v, nil
}

// List reads all versions, in order. Those that can't be read are left out, and
// told in the error, which does not make the others worse.
func (h *History) List() ([]*Version, error) {
	list := []*Version{}
	numbers, err := h.Numbers()
	if err != nil {
		return list, err
	}
	pinned := 0
	if pin, _ := h.Pin(); pin != nil {
		pinned = pin.Version
	}
	var damaged []error
	for _, n := range numbers {
		v, err := h.Get(n)
		switch {
		case errors.Is(err, ErrNoVersion): // pruned meanwhile
		case err != nil:
			damaged = append(damaged, err)
		default:
			v.Pinned = n == pinned
			list = append(list, v)
		}
	}
	return list, errors.Join(damaged...)
}

// Diff lists the keys that differ between two versions.
func (h *History) Diff(a, b int) ([]entry.Change, error) {
	before, err := h.Get(a)
	if err != nil {
		return nil, err
	}
	after, err := h.Get(b)
	if err != nil {
		return nil, err
	}
	return entry.Diff(before.Entries, after.Entries), nil
}

// Newest version that a function wants, or nil. Damaged ones are passed over.
func (h *History) Newest(want func(*Version) bool) *Version {
	numbers, _ := h.Numbers()
	for _, n := range slices.Backward(numbers) {
		if v, err := h.Get(n); err == nil && want(v) {
			return v
		}
	}
	return nil
}

// AnyVersion is any.
func AnyVersion(*Version) bool { return true }

// GoodVersion is one that the service was well with.
func GoodVersion(v *Version) bool { return v.Good }
