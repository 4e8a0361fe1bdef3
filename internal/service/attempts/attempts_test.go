package attempts

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/backoff"
	"github.com/gind/gind/internal/journal"
)

// policy is the default one.
var policy = backoff.Policy{
	Pauses:  backoff.Pauses{First: time.Second, Min: 8 * time.Second, Max: 30 * time.Second},
	Limit:   backoff.Limit{Crashes: 5, Window: 10 * time.Minute},
	Healthy: 30 * time.Second,
}

// machine has the folder, and notes what it is told.
type machine struct {
	dir             string
	policy          backoff.Policy
	config, program string
	byHand          bool
	unknown         error // why nobody knows who asked
	mended          bool
	crash           string

	mu    sync.Mutex
	lines []string       // of "systemctl status"
	told  map[string]int // events
}

func newMachine(t *testing.T) *machine {
	return &machine{dir: t.TempDir(), policy: policy, told: map[string]int{}}
}

func (m *machine) Say(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, line)
}

func (m *machine) ExtendWhile(_ time.Duration, f func() error) error { return f() }

// machine is the handler of the log, too.
func (m *machine) Enabled(context.Context, slog.Level) bool { return true }
func (m *machine) WithAttrs([]slog.Attr) slog.Handler       { return m }
func (m *machine) WithGroup(string) slog.Handler            { return m }
func (m *machine) Handle(_ context.Context, r slog.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "message_id" {
			m.told[a.Value.String()+" "+r.Level.String()]++
		}
		return true
	})
	return nil
}

// times that an event was told of, at its level.
func (m *machine) times(id journal.ID, level slog.Level) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told[string(id)+" "+level.String()]
}

// process is a new one.
func (m *machine) process() *Attempts {
	return New(Options{
		Dir: m.dir, Config: m.config, Program: m.program, Policy: func() backoff.Policy { return m.policy },
		ByHand: func(context.Context) (bool, error) { return m.byHand, m.unknown },
		Mended: func(context.Context) bool { return m.mended },
		Crash:  func(int) string { return m.crash }, Unit: m, Log: slog.New(m),
	})
}

// start a process, which waited so long.
func (m *machine) start(t *testing.T) (a *Attempts, waited time.Duration) {
	t.Helper()
	a, begun := m.process(), time.Now()
	if err := a.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, time.Since(begun)
}

// fail so many starts.
func (m *machine) fail(t *testing.T, starts int) {
	t.Helper()
	for range starts {
		a, _ := m.start(t)
		a.Failed(errors.New("no database"))
	}
}

func TestStartsThatFailWaitEverLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		for failed, want := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
			a, waited := m.start(t)
			if waited != want {
				t.Errorf("after %d failures it waited %v, want %v", failed, waited, want)
			}
			a.Failed(errors.New("no database\nin two lines"))
		}
		for range 20 {
			a, waited := m.start(t)
			if waited < policy.Min || waited > policy.Max {
				t.Errorf("it waited %v, want 8s to 30s", waited)
			}
			a.Failed(errors.New("no database"))
		}
		if got := m.lines[0]; got != "waiting 1 s before start 2; the last: no database" {
			t.Errorf("the status was %q", got)
		}
		if got := m.times(journal.EventStartWaits, slog.LevelWarn); got != 23 {
			t.Errorf("it was told %d times, want 23", got)
		}
	})
}

func TestACrashIsAFailedStartAndHasItsReason(t *testing.T) {
	for crash, want := range map[string]string{
		"":                                  "it ended without a word",
		"panic: no, at main.go:3 main.work": "panic: no, at main.go:3 main.work",
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			m.crash = crash
			m.start(t) // and nobody hears of it again
			a, waited := m.start(t)
			if now := a.Status(); waited != time.Second || now == nil || now.Failed != 1 || now.Last != want {
				t.Errorf("it waited %v, status %+v", waited, now)
			}
		})
	}
}

func TestAHealthyServiceThatCrashesIsStartedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.fail(t, 6)
		a, _ := m.start(t)
		begun := time.Now()
		if a.Run(t.Context()); time.Since(begun) != policy.Healthy {
			t.Errorf("it counted as healthy after %v", time.Since(begun))
		}
		if now := a.Status(); now != nil {
			t.Errorf("its status is %+v", now)
		}
		if m.times(journal.EventCrashLoopOver, journal.LevelNotice) != 1 {
			t.Error("nobody was told that the loop is over")
		}
		if _, waited := m.start(t); waited != 0 {
			t.Errorf("the next waited %v", waited)
		}
		if _, waited := m.start(t); waited != time.Second {
			t.Errorf("the one after that waited %v, want 1s", waited)
		}
	})
}

func TestNobodyWaitsWhoAskedOrHasMendedIt(t *testing.T) {
	for how, change := range map[string]func(*machine){
		"by hand":         func(m *machine) { m.byHand = true },
		"another config":  func(m *machine) { m.config = "another" },
		"another program": func(m *machine) { m.program = "another" },
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(t)
			m.fail(t, 5)
			change(m)
			a, waited := m.start(t)
			if waited != 0 || a.Status() != nil {
				t.Errorf("%s: it waited %v, status %+v", how, waited, a.Status())
			}
			m.byHand = false
			if _, waited := m.start(t); waited != time.Second {
				t.Errorf("%s: the next waited %v, want 1s: the count begins anew", how, waited)
			}
		})
	}
}

func TestWithoutDBusItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.unknown = errors.New("no bus")
		m.fail(t, 1)
		if _, waited := m.start(t); waited != time.Second {
			t.Errorf("it waited %v", waited)
		}
	})
}

func TestAStopEndsTheWaitAndTheRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.fail(t, 3)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		if err := m.process().Begin(ctx); !errors.Is(err, ErrStopped) || time.Since(begun) != 1500*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		if _, waited := m.start(t); waited != 0 {
			t.Errorf("the next waited %v", waited)
		}
	})
}

func TestWhatIsMendedWhileItWaitsIsStartedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.fail(t, 5)
		m.mended = true
		begun := time.Now()
		if err := m.process().Begin(t.Context()); !errors.Is(err, ErrMended) || time.Since(begun) != lookInterval {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		m.config = "another"
		if _, waited := m.start(t); waited != 0 {
			t.Errorf("begun anew, it waited %v", waited)
		}
	})
}

func TestACrashLoopIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		loop := func() string { text, _ := os.ReadFile(filepath.Join(m.dir, loopName)); return string(text) }
		m.fail(t, 5)
		if CrashLoop(m.dir) != "" || loop() != "" {
			t.Error("four failures are a loop")
		}
		m.fail(t, 1)
		for _, text := range []string{CrashLoop(m.dir), loop()} {
			if !strings.HasPrefix(text, "5 starts have failed since ") || !strings.Contains(text, "; it goes on trying every 8s to 30s; the last: no database") {
				t.Errorf("%q", text)
			}
		}
		m.fail(t, 10)
		if got := m.times(journal.EventCrashLoop, journal.LevelCrit); got != 1 {
			t.Errorf("it was told %d times, want once", got)
		}
		a, _ := m.start(t)
		a.Run(t.Context())
		if got := CrashLoop(m.dir); got != "" {
			t.Errorf("a healthy service is in a crash loop: %s", got)
		}
		m.fail(t, 7)
		if got := m.times(journal.EventCrashLoop, journal.LevelCrit); got != 2 {
			t.Errorf("another loop: told %d times, want 2", got)
		}
	})
}

func TestAServiceIsGivenUpWhenItHasFailedForSoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.policy.GiveUp = time.Minute
		begun := time.Now()
		for {
			a := m.process()
			err := a.Begin(t.Context())
			var end *GivenUp
			if errors.As(err, &end) {
				if end.ExitStatus() != 69 || !strings.Contains(err.Error(), "start.give_up, 1m0s; the last: no database") {
					t.Errorf("status %d: %v", end.ExitStatus(), err)
				}
				break
			}
			a.Failed(errors.New("no database"))
		}
		if took := time.Since(begun); took < time.Minute || took > 90*time.Second {
			t.Errorf("it was given up after %v, want a minute", took)
		}
		if _, waited := m.start(t); waited != 0 {
			t.Errorf("the next waited %v", waited)
		}
	})
}

func TestWhoeverAsksIsToldHowLongItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		m.fail(t, 3)
		go func() {
			if err := m.process().Begin(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if got := Waiting(m.dir); got != "waiting 2 s before start 4; the last: no database" {
			t.Errorf("%q", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := Waiting(m.dir); got != "" {
			t.Errorf("it has begun: %q", got)
		}
	})
}

func TestWithoutAFolderNothingIsKept(t *testing.T) {
	m := newMachine(t)
	m.dir = ""
	for range 3 {
		a, waited := m.start(t)
		a.Failed(errors.New("no database"))
		if waited > time.Second/2 || a.Status() != nil {
			t.Errorf("it waited %v, status %+v", waited, a.Status())
		}
		a.Run(t.Context())
		a.Forget()
	}
}

func TestARecordThatIsNoneCountsAsAGoodStart(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(filepath.Join(m.dir, recordName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, waited := m.start(t); waited > time.Second/2 || a.Status() != nil {
		t.Errorf("it waited %v, status %+v", waited, a.Status())
	}
}

func TestAnotherConfigHasAnotherFingerprint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gind.yaml")
	seen := map[string]bool{Files("known", []string{path}): true}
	for _, text := range []string{"a: 1", "a: 2", ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		seen[Files("known", []string{path})] = true
	}
	seen[Files("more", []string{path})] = true
	if len(seen) != 5 {
		t.Errorf("%d fingerprints, want 5", len(seen))
	}
	again := Files("known", []string{path})
	if !seen[again] {
		t.Error("the same has two")
	}
}
