package watchdog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gind/gind/internal/crash"
	"github.com/gind/gind/internal/health"
	"github.com/gind/gind/internal/server"
)

// systemd counts what it is told.
type systemd struct {
	absent            bool
	pinged, triggered atomic.Int32
}

func (s *systemd) Enabled() bool { return !s.absent }
func (s *systemd) Ping() error   { s.pinged.Add(1); return nil }
func (s *systemd) Trigger()      { s.triggered.Add(1) }

// logged is a log that may be read while it is written.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// fixture is a Watchdog over a service that is well and serves.
type fixture struct {
	*Watchdog
	systemd  systemd
	log      logged
	verdicts []health.Verdict
	probed   error
	resting  bool // it does not serve
	draining atomic.Bool
}

func newFixture(t *testing.T, dir string) *fixture {
	t.Helper()
	f := new(fixture)
	f.Watchdog = New(Options{
		Folder: crash.Folder{Dir: dir}, Service: "shop", Version: "1",
		Unit: &f.systemd, Log: slog.New(slog.NewTextHandler(&f.log, nil)), Errors: new(crash.LastErrors),
		Checks: func(...health.Kind) []health.Verdict { return f.verdicts },
		Probe:  func(context.Context) error { return f.probed },
		Requests: func() []server.OpenRequest {
			return []server.OpenRequest{{Method: "GET", Path: "/slow", RequestID: "r1"}}
		},
		Serving:  func() bool { return !f.resting },
		Draining: func() bool { return f.draining.Load() },
	})
	t.Cleanup(f.Close)
	return f
}

// said is how often something is in the log.
func (f *fixture) said(text string) int { return strings.Count(f.log.String(), text) }

// running is what this process would leave if it ended now.
func running(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "running-*.txt"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var dead = health.Verdict{Name: "deadlock", Kind: health.Live, Err: "stuck"}

func TestALiveCheckThatFailsAsksForARestartOnce(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	f.LiveFell(dead)
	f.changed(liveError{dead.String()})
	f.LiveFell(dead)
	if f.systemd.triggered.Load() != 1 || f.said("the service asks systemd to restart it") != 1 {
		t.Errorf("asked %d times, logged\n%s", f.systemd.triggered.Load(), &f.log)
	}
	for _, want := range []string{"noticed: a live-check fails: deadlock", "GET /slow", "goroutine "} {
		if left := running(t, dir); !strings.Contains(left, want) {
			t.Errorf("%q is not in what is left:\n%.500s", want, left)
		}
	}
}

func TestARestartIsAskedForInServiceAndOfSystemdAlone(t *testing.T) {
	for name, change := range map[string]func(*fixture){
		"not in service":  func(f *fixture) { f.resting = true },
		"without systemd": func(f *fixture) { f.systemd.absent = true },
	} {
		f := newFixture(t, t.TempDir())
		change(f)
		f.LiveFell(dead)
		if f.systemd.triggered.Load() != 0 || f.log.String() != "" {
			t.Errorf("%s: asked %d times, logged %s", name, f.systemd.triggered.Load(), &f.log)
		}
		f.resting, f.systemd.absent = false, false
		f.LiveFell(dead)
		if f.systemd.triggered.Load() != 1 {
			t.Errorf("%s: it may not ask later", name)
		}
	}
}

func TestAliveIsAServiceWhoseLiveChecksPassAndWhoseListenersAnswer(t *testing.T) {
	f := newFixture(t, "")
	if err := f.alive(t.Context()); err != nil {
		t.Errorf("a service that is well: %v", err)
	}
	f.probed = errors.New("listener web: refused")
	if err := f.alive(t.Context()); !errors.Is(err, f.probed) {
		t.Errorf("nobody answers: %v", err)
	}
	f.verdicts = []health.Verdict{dead}
	var live liveError
	if err := f.alive(t.Context()); !errors.As(err, &live) {
		t.Errorf("a live-check fails: %v", err)
	}
	f.verdicts = nil
	f.draining.Store(true)
	if err := f.alive(t.Context()); err != nil {
		t.Errorf("a drain has begun meanwhile: %v", err)
	}
}

func TestWhatIsOverLeavesAReportOfIt(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	f.changed(errors.New("listener web: refused"))
	if f.said("does not answer itself") != 1 || !strings.Contains(running(t, dir), "noticed: listener web: refused") || f.Seen() != nil {
		t.Errorf("logged\n%s", &f.log)
	}
	f.changed(nil)
	if seen := f.Seen(); seen == nil || seen.Total != 1 || !strings.Contains(seen.Last, "refused") {
		t.Errorf("seen %+v", seen)
	}
	if strings.Contains(running(t, dir), "noticed") {
		t.Error("what is over would be taken for the reason of the next crash")
	}
	if r, _, err := f.Folder.Read(1); err != nil || r.Kind != crash.Survived {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestMemoryIsToldOfWhenItIsNearlyGoneAndAgainOnceThereWasEnough: in between the limit
// of the one and of the other is nothing new.
func TestMemoryIsToldOfWhenItIsNearlyGoneAndAgainOnceThereWasEnough(t *testing.T) {
	f := newFixture(t, t.TempDir())
	low := false
	for i, step := range []struct {
		percent      uint64
		low          bool
		told, report int // so far
	}{
		{89, false, 0, 0}, {90, true, 1, 0}, {97, true, 1, 0}, {80, true, 1, 0}, {90, true, 1, 0},
		{79, false, 1, 1}, {89, false, 1, 1}, {91, true, 2, 1}, {0, false, 2, 2},
	} {
		low = f.memory(low, step.percent, 512<<20)
		if told, reports := f.said("memory runs out"), f.Folder.Total(); low != step.low || told != step.told || reports != step.report {
			t.Errorf("step %d, %d %%: low %v, told %d times, %d reports; want %+v", i, step.percent, low, told, reports, step)
		}
	}
	if f.said("97 %") > 0 || f.said("90 % of the 512 MiB") != 1 {
		t.Errorf("logged\n%s", &f.log)
	}
}

func TestAGoodEndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	running(t, dir)
	f.Close()
	f.Close()
	if files, _ := filepath.Glob(filepath.Join(dir, "*.txt")); len(files) > 0 || f.log.String() != "" {
		t.Errorf("left %q, logged %s", files, &f.log)
	}
}

func TestWhatAProcessBeforeThisOneHasLeftIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	left := fmt.Sprintf("gind-crash: 1\nservice: shop\npid: 41\nstarted: %s\n\npanic: no\n\ngoroutine 1 [running]:\nmain.work()\n\t/src/shop/main.go:3 +0x1\n", time.Now().Format(time.RFC3339Nano))
	if err := os.WriteFile(filepath.Join(dir, "running-1.txt"), []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	const told = "process 41 before this one crashed: panic: no, at shop/main.go:3 main.work"
	f := newFixture(t, dir)
	if seen := f.Seen(); seen == nil || seen.Total != 1 || f.said(told) != 1 {
		t.Errorf("seen %+v, logged\n%s", seen, &f.log)
	}
	f.Close()
	if again := newFixture(t, dir); again.Seen() == nil || again.said(told) != 0 {
		t.Errorf("seen %+v, logged\n%s", again.Seen(), &again.log)
	}
}

func TestWithoutAFolderNothingIsWrittenAndAllIsTold(t *testing.T) {
	t.Chdir(t.TempDir())
	f := newFixture(t, "")
	f.Arm()
	f.LiveFell(dead)
	f.changed(nil)
	if f.systemd.triggered.Load() != 1 || f.said("the service asks systemd to restart it") != 1 || f.Seen() != nil {
		t.Errorf("asked %d times, logged\n%s", f.systemd.triggered.Load(), &f.log)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("written %v, %v", entries, err)
	}
}
