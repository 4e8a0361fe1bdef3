package journal

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/ring"
)

// The ways in which a process ends without a word.
var deaths = map[string]func(){
	"SIGKILL": func() { _ = unix.Kill(os.Getpid(), unix.SIGKILL) },
	"SIGABRT": func() { _ = unix.Kill(os.Getpid(), unix.SIGABRT) },
	"panic":   func() { go panic("nobody recovers it") },
	"os.Exit": func() { os.Exit(1) },
}

const dyingRecords = 3000

// TestDyingProcess is no test: it is the process that the test below runs.
func TestDyingProcess(t *testing.T) {
	die := deaths[os.Getenv("JOURNAL_TEST_DEATH")]
	if die == nil {
		t.Skip("it is a part of TestWhatAProcessLoggedLastOutlivesIt")
	}
	_, log := open(t, dyingOptions(os.Getenv("JOURNAL_TEST_DIR")))
	log = log.With("who", "the dying").WithGroup("open")
	for i := range dyingRecords {
		log.Info("last words", "i", i)
	}
	die()
	time.Sleep(time.Minute)
}

func dyingOptions(dir string) Options {
	return Options{
		Target: Journald, Socket: filepath.Join(dir, "nobody"),
		Mirror: MirrorOptions{Dir: filepath.Join(dir, "logs")}, RingDir: dir,
	}
}

func TestWhatAProcessLoggedLastOutlivesIt(t *testing.T) {
	t.Parallel()
	for death := range deaths {
		t.Run(death, func(t *testing.T) {
			dir := t.TempDir()
			const rounds = 5
			for range rounds {
				dying := exec.Command(os.Args[0], "-test.run=^TestDyingProcess$")
				dying.Env = append(os.Environ(), "JOURNAL_TEST_DEATH="+death, "JOURNAL_TEST_DIR="+dir)
				if out, err := dying.CombinedOutput(); err == nil {
					t.Fatalf("it did not die:\n%s", out)
				}
			}
			j, _ := open(t, dyingOptions(dir))
			flush(t, j)
			times := make([]int, dyingRecords)
			inherited, torn := 0, 0
			for line := range strings.Lines(journaltest.ReadLog(t, filepath.Join(dir, "logs"), record.LaneInfo)) {
				var r struct {
					Msg, Who string
					Open     struct{ I int }
					Previous int `json:"previous_pid"`
				}
				if err := json.Unmarshal([]byte(line), &r); err != nil {
					torn++ // it died while it wrote the line
					continue
				}
				if r.Msg == "last words" && r.Who == "the dying" {
					times[r.Open.I]++
					inherited += min(r.Previous, 1)
				}
			}
			if least := slices.Min(times); least < rounds {
				t.Errorf("record %d was logged %d times and is there %d times", slices.Index(times, least), rounds, least)
			}
			t.Logf("%d of %d records were left in a ring, or logged twice", inherited, rounds*dyingRecords)
			if torn > rounds {
				t.Errorf("%d lines are torn", torn)
			}
			if files, _ := filepath.Glob(filepath.Join(dir, ring.Prefix+"*")); len(files) != 1 {
				t.Errorf("rings: %v", files)
			}
		})
	}
}

func TestRingOfAProcessThatLivesIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, log := open(t, dyingOptions(dir))
	log.Info("x")
	if left := ring.TakeLeft(dir); len(left) != 0 {
		t.Errorf("taken: %+v", left)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, ring.Prefix+"*")); len(files) != 0 {
		t.Errorf("an orderly end leaves %v", files)
	}
}

// TestRingThatCannotBeInAFileIsInMemory, and says so.
func TestRingThatCannotBeInAFileIsInMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := dyingOptions(dir)
	o.RingDir = filepath.Join(dir, "missing")
	j, log := open(t, o)
	log.Info("x")
	flush(t, j)
	if text := journaltest.ReadLog(t, o.Mirror.Dir, record.LaneWarn); !strings.Contains(text, string(EventRingInMemory)) || !strings.Contains(text, o.RingDir) {
		t.Errorf("it does not say so:\n%s", text)
	}
}
