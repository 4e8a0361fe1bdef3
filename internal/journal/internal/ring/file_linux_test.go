package ring

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// TestRingFilesThatAreNoneAreTakenForNothing: nothing that stands in such a file
// makes a process panic, or read beyond its end.
func TestRingFilesThatAreNoneAreTakenForNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, content := range []string{"", "gindrng1", strings.Repeat("x", 10_000), string(ringWith(4<<10, 1<<40)), string(ringWith(4<<10, 12)), string(ringWith(4, 0))} {
		if err := os.WriteFile(filepath.Join(dir, Prefix+strconv.Itoa(i)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range TakeLeft(dir) {
		if len(l.Strings)+l.Lost != 0 {
			t.Errorf("%+v", l)
		}
		l.Forget()
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("they stay: %v", files)
	}
}

// TestRingWithBrokenHeadersEndsThere: they lead nowhere, and not in a circle.
func TestRingWithBrokenHeadersEndsThere(t *testing.T) {
	t.Parallel()
	const size = 4 << 10
	for _, header := range []uint64{
		stateSkip | 13, stateSkip | size - 4, stateSkip | size - 8, stateSkip | 1<<63, math.MaxUint64 &^ (stateReady | stateBegun), // places to go on at
		stateReady | size, stateReady | 1<<63, math.MaxUint64 &^ (stateSkip | stateBegun), // lengths of strings
		stateBegun | size, math.MaxUint64 &^ (stateSkip | stateReady),
	} {
		file := ringWith(size, 0)
		for at := ringStart; at < len(file); at += 8 {
			binary.NativeEndian.PutUint64(file[at:], header)
		}
		if records, lost := readFile(file); len(records) != 0 || lost != 1 {
			t.Errorf("header %x: %d records, %d lost", header, len(records), lost)
		}
	}
}

// ringWith is an empty ring file whose first record would stand at a position.
func ringWith(size int, first uint64) []byte {
	file := make([]byte, ringStart+size)
	copy(file, magic)
	binary.NativeEndian.PutUint64(file[atSize:], uint64(size))
	binary.NativeEndian.PutUint64(file[atFirst:], first)
	return file
}

func FuzzReadRing(f *testing.F) {
	r := newRing(4 << 10)
	for i := range 5 {
		r.put(journaltest.Record(time.Now(), slog.LevelInfo, fmt.Sprint(i), slog.Group("g", slog.Int("i", i), slog.Any("e", unix.ENOSPC))), r.Size())
	}
	f.Add(uint64(0), bytes.Clone(r.bytes))
	f.Fuzz(func(t *testing.T, first uint64, ring []byte) {
		file := ringWith(4<<10, first&^7)
		copy(file[ringStart:], ring)
		strings, _ := readFile(file)
		for _, s := range strings {
			r := record.Packed(s)
			if !r.Valid() {
				continue
			}
			r = r.Of(7)
			line.NewJSON(1).Append(nil, r, line.Unmarked)
			line.NewLogfmt(1).Append(nil, r, line.Unmarked)
			journald.NewNative("x").Append(nil, r)
		}
	})
}
