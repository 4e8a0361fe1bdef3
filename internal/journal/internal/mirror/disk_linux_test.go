package mirror

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/flock"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

func TestReadOnlyDirectoryShowsThoughNothingIsWritten(t *testing.T) {
	t.Parallel()
	disk := journaltest.SmallDisk(t, 1<<20)
	m := newTestMirror(t, Options{Dir: disk})
	journaltest.Remount(t, disk, unix.MS_RDONLY)
	tick := func() {
		if err := m.do(func() { m.tick(time.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	if tick(); !errors.Is(m.Err(), unix.EROFS) {
		t.Errorf("%v", m.Err())
	}
	journaltest.Remount(t, disk, 0)
	if tick(); m.Err() != nil {
		t.Errorf("%v", m.Err())
	}
}

func TestWhatSomebodyWritesIsNotCompressed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := rotatedName(dir, record.LaneInfo, time.Now())
	if err := os.WriteFile(path, []byte("line\n"), fileMode); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil || !flock.Shared(writer) {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	f := rotatedFile{path: path, lane: record.LaneInfo, end: plainEnd}
	if err := compress(f, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("it is gone: %v", err)
	}
	_ = writer.Close()
	if err := compress(f, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("it stays: %v", err)
	}
	if _, err := os.Stat(path + ".gz"); err != nil {
		t.Error(err)
	}
}
