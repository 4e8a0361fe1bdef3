package mirror

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/gind/gind/internal/journal/internal/flock"
	"github.com/gind/gind/internal/journal/internal/record"
)

// A rotated file is called info-20261123T232211.123456Z.log, or .log.gz once it
// is compressed: the lane, and when it was rotated.
const (
	rotatedLayout = "20060102T150405.000000Z"
	plainEnd      = ".log"
	packedEnd     = ".log.gz"
	halfEnd       = ".log.gz.tmp"
)

// rotatedFile is one of them.
type rotatedFile struct {
	path string
	lane record.Lane
	end  string
	at   time.Time
	size int64
}

// rotatedName is the path of a lane's file that was rotated at the time at.
func rotatedName(dir string, n record.Lane, at time.Time) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s%s", n, at.UTC().Format(rotatedLayout), plainEnd))
}

// parseRotated reads the name of a rotated file.
func parseRotated(name string) (rotatedFile, bool) {
	for n := range record.Lanes {
		rest, ok := strings.CutPrefix(name, n.String()+"-")
		if !ok {
			continue
		}
		for _, end := range []string{plainEnd, packedEnd, halfEnd} {
			stamp, ok := strings.CutSuffix(rest, end)
			if !ok {
				continue
			}
			at, err := time.Parse(rotatedLayout, stamp)
			return rotatedFile{lane: n, end: end, at: at}, err == nil
		}
	}
	return rotatedFile{}, false
}

// rotatedIn lists the rotated files in dir, the oldest first.
func rotatedIn(dir string) ([]rotatedFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []rotatedFile
	for _, e := range entries {
		f, ok := parseRotated(e.Name())
		if !ok {
			continue
		}
		f.path = filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err != nil && f.end == plainEnd { // perhaps compressed since
			f.path, f.end = strings.TrimSuffix(f.path, plainEnd)+packedEnd, packedEnd
			info, err = os.Stat(f.path)
		}
		if err != nil {
			continue // gone since
		}
		f.size = info.Size()
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b rotatedFile) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.lane, b.lane), cmp.Compare(a.end, b.end))
	})
	return slices.CompactFunc(files, func(a, b rotatedFile) bool { return a.path == b.path }), nil
}

// retention decides which rotated files stay.
type retention struct {
	dir    string
	budget int64 // of all of them together, in bytes
	age    time.Duration
}

// sweep deletes what is too old, and then, until the rest is within the budget,
// the oldest file of whichever lane has the most: so a flood of one level does
// not cost the records of another. It returns what stays.
func (r retention) sweep(now time.Time) ([]rotatedFile, error) {
	files, err := rotatedIn(r.dir)
	if err != nil {
		return nil, err
	}
	var total int64
	var each [record.Lanes]int64
	var gone error
	remove := func(f rotatedFile) {
		if err := os.Remove(f.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			gone = err
		}
		total -= f.size
		each[f.lane] -= f.size
	}
	for _, f := range files {
		total += f.size
		each[f.lane] += f.size
	}
	files = slices.DeleteFunc(files, func(f rotatedFile) bool {
		if now.Sub(f.at) < r.age {
			return false
		}
		remove(f)
		return true
	})
	for total > r.budget && len(files) > 0 {
		most := laneOfMost(each)
		i := slices.IndexFunc(files, func(f rotatedFile) bool { return f.lane == most })
		if i < 0 {
			break
		}
		remove(files[i])
		files = slices.Delete(files, i, i+1)
	}
	return files, gone
}

func laneOfMost(each [record.Lanes]int64) record.Lane {
	most := record.LaneError
	for n := range record.Lanes {
		if each[n] > each[most] {
			most = n
		}
	}
	return most
}

// compress compresses one rotated file, unless somebody still writes to it. It
// takes a quarter of one core at most, because the cores are the service's.
func compress(f rotatedFile, quit <-chan struct{}) error {
	select {
	case <-quit:
		return errInterrupted
	default:
	}
	src, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	if !flock.Exclusive(src) {
		return nil
	}
	base := strings.TrimSuffix(f.path, plainEnd)
	dst, err := os.OpenFile(base+halfEnd, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	err = squeeze(dst, src, quit)
	if closeErr := dst.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(err, os.Remove(base+halfEnd))
	}
	if err := os.Rename(base+halfEnd, base+packedEnd); err != nil {
		return err
	}
	_ = src.Close() // Windows deletes nothing that is open
	return os.Remove(f.path)
}

var errInterrupted = errors.New("interrupted")

func squeeze(dst io.Writer, src io.Reader, quit <-chan struct{}) error {
	const idleShare = 3 // of four
	out, err := gzip.NewWriterLevel(dst, gzip.BestSpeed)
	if err != nil {
		return err
	}
	for {
		began := time.Now()
		n, err := io.CopyN(out, src, chunk)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n < chunk {
			return out.Close()
		}
		select {
		case <-quit:
			return errInterrupted
		case <-time.After(idleShare * time.Since(began)):
		}
	}
}
