package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

func TestFullDiskStopsTheMirrorAndNothingElse(t *testing.T) {
	t.Parallel()
	disk := journaltest.SmallDisk(t, 2<<20)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror = MirrorOptions{Dir: filepath.Join(disk, "log"), Mode: Always}
	j, log := open(t, o)
	pad := strings.Repeat("p", 1000)
	const n = 1300
	for i := range n {
		began := time.Now()
		log.Info("x", "i", i, "pad", pad)
		if d := time.Since(began); d > journaltest.Prompt {
			t.Fatalf("a call took %v", d)
		}
	}
	journaltest.Eventually(t, func() error {
		if err := j.Err(); !errors.Is(err, unix.ENOSPC) {
			return fmt.Errorf("health: %w", err)
		}
		return nil
	})
	log.Error("an error", "i", n)
	f.Await(1, "MESSAGE", "an error")
	f.Await(1, "MESSAGE_ID", string(EventMirrorFailing))
	if text := journaltest.ReadLog(t, o.Mirror.Dir, record.LaneInfo); !strings.HasSuffix(text, "}\n") {
		t.Errorf("a torn line: %q", text[len(text)-40:])
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	f.Await(1, "MESSAGE_ID", string(EventMirrorBack))
	for _, id := range []ID{EventMirrorFailing, EventMirrorBack} {
		said := f.Where("MESSAGE_ID", string(id))
		if len(said) != 1 || !strings.Contains(said[0].Get("ERROR"), unix.ENOSPC.Error()) || said[0].Get("IN_MEMORY") == "" {
			t.Errorf("%s is not said once with the cause and what is in memory: %v", id, said)
		}
	}
	journaltest.Eventually(t, j.Err)
	journaltest.Settle(t, j.mirror.Load())
	seen := mirrored(t, o.Mirror.Dir, "i")
	missed := int(j.Stats().MirrorMissed)
	for i := range n + 1 {
		most := 1
		if i == n { // an error that nobody takes within its patience goes to the mirror by itself, too
			most = 2
		}
		if times := seen[strconv.Itoa(i)]; times > most {
			t.Errorf("line %d is there %d times", i, times)
		}
	}
	if len(seen)+missed < n+1 {
		t.Errorf("%d lines there, %d counted as missed, of %d", len(seen), missed, n+1)
	}
	if s := j.Stats(); s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMirrorThatFailsAsJournaldDoesCountsAndRecovers(t *testing.T) {
	t.Parallel()
	disk := journaltest.SmallDisk(t, 1<<20)
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror.Dir = disk
	j, log := open(t, o)
	f.Shut()
	journaltest.Remount(t, disk, unix.MS_RDONLY)
	const n = 200
	began := time.Now()
	for i := range n {
		log.Error("x", "i", i)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("%d errors that nobody could take took %v", n, d)
	}
	if j.Err() == nil {
		t.Error("health is good")
	}
	journaltest.Remount(t, disk, 0)
	journaltest.Eventually(t, func() error {
		seen := mirrored(t, disk, "i")
		for i := range n { // memory held them
			if seen[strconv.Itoa(i)] != 1 {
				return fmt.Errorf("error %d is there %d times", i, seen[strconv.Itoa(i)])
			}
		}
		return nil
	})
}

// TestProcessOutlivesItsStandardError runs this test binary with a standard error
// that nobody reads any more, which ends a Go program that writes to descriptor 2.
func TestProcessOutlivesItsStandardError(t *testing.T) {
	const env = "JOURNAL_TEST_DEAF"
	if os.Getenv(env) != "" {
		j, log := open(t, Options{Target: JSON})
		for range 10 {
			log.Error("to nobody")
		}
		if s := j.Stats(); s.State != StateDown {
			t.Errorf("%+v", s)
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer func() { _ = w.Close() }()
	p, err := os.StartProcess(os.Args[0], []string{os.Args[0], "-test.run=^TestProcessOutlivesItsStandardError$"},
		&os.ProcAttr{Env: append(os.Environ(), env+"=1"), Files: []*os.File{nil, nil, w}})
	if err != nil {
		t.Fatal(err)
	}
	state, err := p.Wait()
	if err != nil || !state.Success() {
		t.Errorf("%v, %v", state, err)
	}
}
