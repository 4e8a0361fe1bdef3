package journal

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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
			onlyRing(t, dir)
		})
	}
}

// onlyRing waits until the rings of those before are forgotten.
func onlyRing(t *testing.T, dir string) {
	t.Helper()
	journaltest.Eventually(t, func() error {
		if files := rings(t, dir); len(files) != 1 {
			return fmt.Errorf("rings: %v", files)
		}
		return nil
	})
}

// leaveRing leaves a ring as a process does that ends without a word, with n numbered
// records of which one in ten is an error.
func leaveRing(t *testing.T, dir string, pid, first, n, pad int) {
	t.Helper()
	made := t.TempDir()
	q, remove, err := ring.Map(made, 64<<10, largeBound)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	for i := range n {
		level := slog.LevelInfo
		if i%10 == 0 {
			level = slog.LevelError
		}
		r := journaltest.Record(time.Now(), level, "left", slog.Int("i", first+i), slog.String("pad", strings.Repeat("p", pad)))
		if _, _, ok := q.Put(r, q.Size()); !ok {
			t.Fatalf("no room for %d records", n)
		}
	}
	files, err := filepath.Glob(filepath.Join(made, ring.Prefix+"*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	left := filepath.Join(dir, ring.Prefix+strconv.Itoa(pid)+"-left")
	if err := os.WriteFile(left, []byte(journaltest.ReadFile(t, files[0])), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rings are the ring files in dir.
func rings(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, ring.Prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRingsThatAreMoreThanThisOneHoldsAreDrained: they wait for room, and for a
// journald that is slow to begin, where there is no mirror too.
func TestRingsThatAreMoreThanThisOneHoldsAreDrained(t *testing.T) {
	t.Parallel()
	const each = 250
	dir := t.TempDir()
	for k := range 3 {
		leaveRing(t, dir, 1000+k, k*each, each, 100)
	}
	leaveRing(t, dir, 1003, 3*each, 3, 7<<10) // each nearly a quarter of this one
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.RingDir, o.RingSize = dir, 32<<10
	f.Stop()
	j, log := open(t, o)
	log.Info("the service begins meanwhile")
	time.Sleep(2 * patience)
	f.Cont()
	flush(t, j)
	f.Await(3*each+3, "MESSAGE", "left")
	for i := range 3*each + 3 {
		if got := len(f.Where("I", strconv.Itoa(i))); got != 1 {
			t.Fatalf("record %d is there %d times", i, got)
		}
	}
	if s := j.Stats(); s.Lost > 0 {
		t.Errorf("%+v", s)
	}
	onlyRing(t, dir)
}

// TestRingThatNobodyTakesIsLeftToTheNextProcess, and is not forgotten at the end of this one.
func TestRingThatNobodyTakesIsLeftToTheNextProcess(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"less than this one holds": 10, "more": 300} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			leaveRing(t, dir, 1000, 0, n, 100)
			o := Options{Target: Journald, Socket: filepath.Join(dir, "nobody"), RingDir: dir, RingSize: 32 << 10}
			for range 2 {
				j, _ := open(t, o)
				_ = j.Close() // it says that records were lost: its own
			}
			if files := rings(t, dir); len(files) != 1 {
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
