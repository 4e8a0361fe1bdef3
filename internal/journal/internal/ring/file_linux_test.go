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
	for i, content := range []string{"", magic, strings.Repeat("x", 10_000), string(ringWith(4<<10, 1<<40)), string(ringWith(4<<10, 12)), string(ringWith(4, 0))} {
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

// TestHoleInARingHidesOnlyItself: a goroutine that is killed between reserving its
// place and filling it, wherever that is, or while it fills it.
func TestHoleInARingHidesOnlyItself(t *testing.T) {
	t.Parallel()
	for _, freed := range []int{0, 20, 60} { // the last has the ring wrap around
		r := newRing(4 << 10)
		put := func(text string) {
			if _, _, ok := r.put([]byte(text), r.Size()); !ok {
				t.Fatal("no room")
			}
		}
		for range freed {
			put(strings.Repeat("-", 56))
			_, _ = r.take()
			r.Free(r.next)
		}
		put("before")
		r.tail.Add(64) // reserved
		put("after it")
		r.header(r.tail.Load()).Store(stateBegun | 24) // reserved and begun
		r.tail.Add(headerSize + 24)
		put("after both")
		r.tail.Add(64)
		if got, lost := readFile(fileOf(r)); fmt.Sprintf("%s", got) != "[before after it after both]" || lost != 0 {
			t.Errorf("%d freed before: %q, %d lost", freed, got, lost)
		}
	}
}

// TestWhatIsJustBeingClearedIsNotReadAgain: it was handed on, and half of it may be gone.
func TestWhatIsJustBeingClearedIsNotReadAgain(t *testing.T) {
	t.Parallel()
	for _, freed := range []int{0, 62} { // the second has what is cleared wrap around
		r := newRing(4 << 10)
		for range freed {
			r.put(make([]byte, 56), r.Size())
			_, _ = r.take()
			r.Free(r.next)
		}
		for _, text := range []string{"handed on", "this as well", "left"} {
			r.put([]byte(text), r.Size())
		}
		_, _ = r.take()
		_, _ = r.take()
		r.first.Store(r.next) // as Free does first
		clear(r.bytes[r.head.Load()&r.mask:][:headerSize+3])
		if got, lost := readFile(fileOf(r)); fmt.Sprintf("%s", got) != "[left]" || lost != 0 {
			t.Errorf("%d freed before: %q, %d lost", freed, got, lost)
		}
	}
}

// fileOf is the file in which a ring would lie.
func fileOf(r *ring) []byte {
	file := ringWith(len(r.bytes), r.first.Load())
	binary.NativeEndian.PutUint64(file[atCleared:], r.cleared.Load())
	return append(file[:ringStart], r.bytes...)
}

// ringWith is an empty ring file whose first record would stand at a position.
func ringWith(size int, first uint64) []byte {
	file := make([]byte, ringStart+size)
	copy(file, magic)
	binary.NativeEndian.PutUint64(file[atSize:], uint64(size))
	binary.NativeEndian.PutUint64(file[atFirst:], first)
	binary.NativeEndian.PutUint64(file[atCleared:], first)
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
