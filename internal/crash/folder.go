package crash

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Folder is where reports are: N.txt, the newest with the highest number.
type Folder struct{ Dir string }

const (
	runningPrefix  = "running-"
	suffix         = ".txt"
	runningPattern = runningPrefix + "*" + suffix
	lockName       = "lock"
)

// ErrNoReport is the error of a number that there is no report of.
var ErrNoReport = errors.New("there is no such report")

// List has all reports, the oldest first. A folder that is not there has none.
func (f Folder) List() ([]Report, error) {
	numbers, err := f.numbers()
	if err != nil {
		return nil, err
	}
	var list []Report
	for _, n := range numbers {
		r, _, err := f.Read(n)
		if errors.Is(err, ErrNoReport) {
			continue // it has just been pruned
		}
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
	return list, nil
}

// Read one report, with its text.
func (f Folder) Read(number int) (Report, string, error) {
	path := f.path(number)
	text, err := readHead(path, MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Report{}, "", fmt.Errorf("crash %d: %w", number, ErrNoReport)
	}
	if err != nil {
		return Report{}, "", err
	}
	r, body := parseHead(text)
	r.Number, r.Path = number, path
	return r, body, nil
}

// Total is how many reports were ever made.
func (f Folder) Total() int {
	numbers, _ := f.numbers()
	if len(numbers) == 0 {
		return 0
	}
	return numbers[len(numbers)-1]
}

func (f Folder) path(number int) string { return filepath.Join(f.Dir, strconv.Itoa(number)+suffix) }

func (f Folder) numbers() ([]int, error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimSuffix(e.Name(), suffix)); err == nil && n > 0 && strings.HasSuffix(e.Name(), suffix) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// lockTimeout is far longer than anybody needs the folder's lock.
const lockTimeout = 2 * time.Second

// lock keeps other processes from looking while a file has no lock of its own yet.
func (f Folder) lock() (release func(), err error) {
	file, err := os.OpenFile(filepath.Join(f.Dir, lockName), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(lockTimeout)
	for err = lockFile(file); err != nil; err = lockFile(file) {
		if time.Now().After(deadline) {
			_ = file.Close()
			return nil, fmt.Errorf("%s is held by another process: %w", file.Name(), err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return func() { _ = file.Close() }, nil
}

// Sweep makes reports of what processes have left that are gone, as [Open] does.
func (f Folder) Sweep() ([]Report, error) {
	release, err := f.lock()
	if err != nil {
		return nil, err
	}
	defer release()
	return f.sweep()
}

// sweep makes reports of the files that nobody holds. The folder is locked.
func (f Folder) sweep() (found []Report, err error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), runningPrefix) || !f.abandoned(e.Name()) {
			continue
		}
		r, err := f.file(e.Name(), false)
		if err != nil {
			return found, err
		}
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b Report) int { return cmp.Compare(a.Number, b.Number) })
	return found, nil
}

// abandoned reports whether the process that wrote a file is gone.
func (f Folder) abandoned(name string) bool {
	file, err := os.OpenFile(filepath.Join(f.Dir, name), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return lockFile(file) == nil
}

// file makes a report of what a process has left, and removes that. The folder is
// locked.
func (f Folder) file(name string, survived bool) (Report, error) {
	r, err := f.copy(name, survived)
	if err != nil {
		return r, err
	}
	return r, os.Remove(filepath.Join(f.Dir, name))
}

// copy makes a report of what is in a process's file. The folder is locked.
func (f Folder) copy(name string, survived bool) (Report, error) {
	left := filepath.Join(f.Dir, name)
	info, err := os.Stat(left)
	if err != nil {
		return Report{}, err
	}
	text, err := readHead(left, MaxBytes)
	if err != nil {
		return Report{}, err
	}
	r, body := parseHead(text)
	r.Ended = info.ModTime()
	r.judge(body, survived)
	if info.Size() > MaxBytes {
		body += fmt.Sprintf("\n… %d bytes more were not kept\n", info.Size()-MaxBytes)
	}
	numbers, err := f.numbers()
	if err != nil {
		return Report{}, err
	}
	r.Number = 1
	if len(numbers) > 0 {
		r.Number = numbers[len(numbers)-1] + 1
	}
	r.Path = f.path(r.Number)
	if err := os.WriteFile(r.Path, []byte(r.head()+body), 0o640); err != nil {
		return Report{}, err
	}
	for _, old := range numbers[:max(0, len(numbers)+1-MaxReports)] {
		_ = os.Remove(f.path(old))
	}
	return r, nil
}

// readHead reads the beginning of a file.
func readHead(path string, most int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, most))
	return string(text), err
}
