package journal

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journald"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
)

// checkNoneLost fails if a number below n is neither in the journal nor in the mirror.
func checkNoneLost(t testing.TB, f *journaltest.Journald, dir string, n int) {
	t.Helper()
	there := mirrored(t, dir, "i")
	for _, r := range f.All() {
		there[r.Get("I")]++
	}
	missing := 0
	for i := range n {
		if there[strconv.Itoa(i)] == 0 {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d records are nowhere", missing, n)
	}
}

func TestStalledJournaldCostsNoRecordAndNoTime(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	f.Stop()
	const n = 4000
	var slowest time.Duration
	for i := range n {
		began := time.Now()
		log.Info("x", "i", i)
		slowest = max(slowest, time.Since(began))
		if i%40 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if slowest > journaltest.Prompt {
		t.Errorf("a call took %v", slowest)
	}
	journaltest.Eventually(t, func() error {
		if s := j.Stats(); s.State != StateBehind {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	if len(f.Where("MESSAGE_ID", string(EventBack))) > 0 {
		t.Error("back, while it is stopped")
	}
	f.Cont()
	f.Await(1, "MESSAGE_ID", string(EventBack))
	flush(t, j)
	checkNoneLost(t, f, o.Mirror.Dir, n)
	if s := j.Stats(); s.Lost != 0 || s.Spilled == 0 {
		t.Errorf("%+v", s)
	}
	if text := journaltest.ReadLog(t, o.Mirror.Dir, record.LaneWarn); !strings.Contains(text, string(EventBehind)) {
		t.Errorf("the mirror does not say why it is written: %s", text)
	}
}

func TestErrorIsOnDiskBeforeTheCallReturnsWhenJournaldTakesNothing(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	f.Stop()
	for i := 0; j.Stats().State == StateOK; i++ {
		log.Info("fill")
	}
	for i := range 20 {
		log.Error("lost money", "i", i)
		if text := journaltest.ReadLog(t, o.Mirror.Dir, record.LaneError); !strings.Contains(text, fmt.Sprintf(`"i":%d}`, i)) {
			t.Fatalf("error %d is not in the file when the call returns:\n%s", i, text)
		}
	}
	for _, n := range []record.Lane{record.LaneWarn, record.LaneInfo, record.LaneDebug} {
		if strings.Contains(journaltest.ReadLog(t, o.Mirror.Dir, n), "lost money") {
			t.Errorf("it is in %s.log too", n)
		}
	}
}

func TestWhatAClosedSocketHadNotReadIsSpilled(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	const n = 1000
	for i := range n / 2 {
		log.Info("x", "i", i)
	}
	flush(t, j)
	f.Await(1, "I", strconv.Itoa(n/2-1))
	time.Sleep(journald.Moment) // after which these are beyond doubt
	log.Info("x", "i", 0)
	flush(t, j)
	f.Stop()
	for i := n / 2; i < n/2+5; i++ { // these are in the socket's queue
		log.Info("x", "i", i)
	}
	flush(t, j)
	if s := j.Stats(); s.Spilled > 0 {
		t.Fatalf("the queue took less than 5 records: %+v", s)
	}
	f.Shut()
	f.Cont()
	for i := n/2 + 5; i < n; i++ {
		log.Info("x", "i", i)
	}
	flush(t, j)
	f.Listen()
	f.Await(1, "MESSAGE_ID", string(EventBack))
	flush(t, j)
	checkNoneLost(t, f, o.Mirror.Dir, n)
	s := j.Stats()
	if s.Unconfirmed < 5 || s.Unconfirmed > 200 {
		t.Errorf("%d unconfirmed; the five of the queue, and not everything that was ever sent", s.Unconfirmed)
	}
}

func TestRestartsUnderLoadLoseNothing(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	const callers, each = 4, 3000
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				level := slog.LevelInfo
				if i%100 == 0 {
					level = slog.LevelError
				}
				log.Log(t.Context(), level, "x", "i", c*each+i)
				if i%25 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	for range 5 {
		time.Sleep(20 * time.Millisecond)
		f.Shut()
		time.Sleep(20 * time.Millisecond)
		f.Listen()
	}
	wg.Wait()
	flush(t, j)
	f.Await(1, "MESSAGE_ID", string(EventBack))
	flush(t, j)
	checkNoneLost(t, f, o.Mirror.Dir, callers*each)
	if s := j.Stats(); s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

func TestReplaySendsWhatSpilledErrorsFirst(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{FormatJSON, FormatLogfmt} {
		t.Run(format.String(), func(t *testing.T) {
			t.Parallel()
			f := journaltest.NewJournald(t)
			o := toFake(f)
			o.Replay = true
			o.Mirror = MirrorOptions{Dir: t.TempDir(), Format: format}
			j, log := open(t, o)
			f.Shut()
			began := time.Now()
			const n = 100
			for i := range n {
				log.Info("x", "i", i, slog.Group("g", "s", "two\nlines", "took", time.Second))
			}
			log.Error("y", "i", n)
			flush(t, j)
			f.Listen()
			done := f.Await(1, "MESSAGE_ID", string(EventReplayed))[0]
			if want := strconv.FormatUint(j.Stats().Replayed, 10); done.Get("REPLAYED") != "" || done.Get("COUNT") != want {
				t.Errorf("it says %v, want %s", done, want)
			}
			replayed := f.Where("REPLAYED", "1")
			if len(replayed) < n+1 || replayed[0].Get("MESSAGE") != "y" {
				t.Fatalf("%d replayed, the first is %v", len(replayed), replayed[0])
			}
			x := f.Where("I", "7")
			if len(x) != 1 || x[0].Get("G_S") != "two\nlines" || x[0].Get("G_TOOK") != "1s" || x[0].Get("PRIORITY") != "6" {
				t.Errorf("%v", x)
			}
			micros, _ := strconv.ParseInt(x[0].Get("SYSLOG_TIMESTAMP"), 10, 64)
			if d := time.UnixMicro(micros).Sub(began); d < -time.Millisecond || d > 5*time.Second {
				t.Errorf("its time is %v after it was logged", d)
			}
			flush(t, j)
			for i := range n + 1 {
				if got := len(f.Where("I", strconv.Itoa(i))); got != 1 {
					t.Errorf("record %d is there %d times", i, got)
				}
			}
		})
	}
}

func TestGovernorSparesJournaldAndKeepsWarnings(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Rate = 50
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	const n = 2000
	for i := range n {
		log.Info("x", "i", i)
		if i%100 == 0 {
			log.Warn("w")
			log.Log(t.Context(), LevelNotice, "n")
			log.Info("e", Message(EventReady))
			log.With(Message(EventReady)).Info("e")
		}
	}
	flush(t, j)
	f.Await(n/100, "MESSAGE", "w")
	f.Await(n/100, "MESSAGE", "n")
	f.Await(2*n/100, "MESSAGE", "e")
	if got := len(f.Where("MESSAGE", "x")); got < 50-n/100 || got > n/4 {
		t.Errorf("journald got %d of %d", got, n)
	}
	checkNoneLost(t, f, o.Mirror.Dir, n)
	if s := j.Stats(); s.Governed == 0 || s.Spilled != 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
	if text := journaltest.ReadLog(t, o.Mirror.Dir, record.LaneInfo); !strings.Contains(text, `"journal":"governed"`) {
		t.Error("the lines do not say why they are there")
	}
}

// TestRateIsNotAskedInAnOutage: what is marked as beyond it is never replayed, and
// journald lacks what was logged when something went wrong.
func TestRateIsNotAskedInAnOutage(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Rate, o.Replay = 1, true
	o.Mirror.Dir = t.TempDir()
	j, log := open(t, o)
	f.Shut()
	log.Error("it is gone")
	const n = 200
	for i := range n {
		log.Info("x", "i", i)
	}
	flush(t, j)
	if s := j.Stats(); s.Governed > 0 || s.Spilled < n {
		t.Errorf("%d governed and %d spilled of %d", s.Governed, s.Spilled, n)
	}
	f.Listen()
	f.Await(n, "MESSAGE", "x")
}

func TestGovernorHoldsNothingBackThatTheMirrorCannotTake(t *testing.T) {
	t.Parallel()
	f := journaltest.NewJournald(t)
	o := toFake(f)
	o.Rate = 1
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Mirror.Dir = filepath.Join(blocked, "logs") // not a directory, whoever we are
	j, log := open(t, o)
	const n = 500
	for i := range n {
		log.Info("x", "i", i)
	}
	flush2(j)
	s := j.Stats()
	if s.Governed > 0 {
		t.Errorf("%+v", s)
	}
	f.Await(n-int(s.Spilled), "MESSAGE", "x") // on a busy machine journald may be slow
	if err := j.Err(); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("Err: %v", err)
	}
	if len(f.Await(1, "MESSAGE_ID", string(EventMirrorFailing))) != 1 {
		t.Error("it is said more than once")
	}
}

// flush2 flushes a journal whose mirror cannot be written.
func flush2(j *Journal) {
	end := j.ring.End()
	j.wake()
	j.beacon.Wait(10*time.Second, nil, func() bool { return j.routed.Load() >= end })
}

// TestKilledProcessKeepsEveryError runs this test binary as a program that logs
// errors, kills it with SIGKILL in the midst of it, and looks for each error that
// had been logged.
func TestKilledProcessKeepsEveryError(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("JOURNAL_TEST_VICTIM"); path != "" {
		victim(t, path)
		return
	}
	for _, stopped := range []bool{false, true} {
		t.Run(fmt.Sprintf("stopped=%v", stopped), func(t *testing.T) {
			t.Parallel()
			f := journaltest.NewJournald(t)
			dir := t.TempDir()
			if stopped {
				f.Stop()
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcessKeepsEveryError$")
			cmd.Env = append(os.Environ(), "JOURNAL_TEST_VICTIM="+f.Path, "JOURNAL_TEST_DIR="+dir)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			progress := filepath.Join(dir, "progress")
			journaltest.Eventually(t, func() error {
				if data, err := os.ReadFile(progress); err != nil || bytes.Count(data, []byte{'\n'}) < 20 {
					return fmt.Errorf("it has logged %q: %w", data, err)
				}
				return nil
			})
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			f.Cont()
			logged := strings.Count(journaltest.ReadFile(t, progress), "\n")
			journaltest.Eventually(t, func() error {
				there := mirrored(t, filepath.Join(dir, "logs"), "i")
				for _, r := range f.All() {
					there[r.Get("I")]++
				}
				for i := range logged {
					if there[strconv.Itoa(i)] == 0 {
						return fmt.Errorf("error %d of %d is nowhere", i, logged)
					}
				}
				return nil
			})
		})
	}
}

func victim(t *testing.T, socket string) {
	dir := os.Getenv("JOURNAL_TEST_DIR")
	progress, err := os.Create(filepath.Join(dir, "progress"))
	if err != nil {
		t.Fatal(err)
	}
	_, log := open(t, Options{Target: Journald, Socket: socket, Mirror: MirrorOptions{Dir: filepath.Join(dir, "logs")}})
	for i := 0; ; i++ {
		log.Error("x", "i", i)
		_, _ = fmt.Fprintln(progress, i)
	}
}
