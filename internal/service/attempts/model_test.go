package attempts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gind/gind/internal/journal"
)

// model says of a service what it is promised: nothing of files, records and times.
type model struct {
	failed  int           // starts in a row
	left    bool          // the last start was not a good one
	waiting time.Duration // that it has not waited, since it was killed meanwhile
	looping bool
	pending bool // somebody was told of a loop, and not that it is over

	loops, over int // that were told
}

// start of a process; it is to wait between least and most.
func (m *model) start(anew bool) (least, most time.Duration) {
	if !m.left || anew {
		m.pending = m.left && (m.pending || m.looping)
		m.failed, m.looping, m.waiting = 0, false, 0
		return 0, 0
	}
	if m.waiting > 0 {
		return m.waiting, m.waiting
	}
	m.failed++
	if m.failed >= policy.Crashes && !m.looping {
		m.looping = true
		m.loops++
	}
	switch m.failed {
	case 1, 2, 3:
		pause := time.Second << (m.failed - 1)
		return pause, pause
	}
	return policy.Min, policy.Max
}

// end of a process.
func (m *model) end(good, healthy bool) {
	m.waiting = 0
	if healthy && (m.looping || m.pending) {
		m.over++
	}
	m.left = !good && !healthy
	if !m.left {
		m.failed, m.looping, m.pending = 0, false, false
	}
}

// TestWhateverHappensTheNextStartWaitsAsPromised: random lives of a service against a
// model. GIND_SEED repeats one.
func TestWhateverHappensTheNextStartWaitsAsPromised(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("GIND_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GIND_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		synctest.Test(t, func(t *testing.T) { live(t, random) })
		if t.Failed() {
			return
		}
	}
}

// live through a hundred processes.
func live(t *testing.T, random *rand.Rand) {
	m, want := newMachine(t), &model{}
	m.policy.Window = 24 * time.Hour
	var story []string
	for range 100 {
		m.byHand = random.IntN(10) == 0
		if random.IntN(20) == 0 {
			m.config += "x"
		}
		changed := m.config != "" && m.isNews(t)
		least, most := want.start(m.byHand || changed)
		what := events[random.IntN(len(events))]
		story = append(story, fmt.Sprintf("%s (by hand %v, changed %v)", what, m.byHand, changed))
		if waited := m.live(t, what, least, want); waited < least || waited > most {
			t.Errorf("it waited %v, want %v to %v", waited, least, most)
		}
		if loops := m.times(journal.EventCrashLoop, journal.LevelCrit); loops != want.loops {
			t.Errorf("%d loops were told, want %d", loops, want.loops)
		}
		if over := m.times(journal.EventCrashLoopOver, journal.LevelNotice); over != want.over {
			t.Errorf("%d ends of a loop were told, want %d", over, want.over)
		}
		if t.Failed() {
			t.Fatalf("after %q", story)
		}
	}
}

// isNews reports whether the config is another than that of the start before.
func (m *machine) isNews(t *testing.T) bool {
	before, err := read(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	return before != nil && before.Config != m.config
}

// events of a life; those that are likely stand here twice.
var events = []string{"fail", "fail", "fail", "crash", "crash", "killed later", "crash when healthy", "stop", "stop when healthy", "stop in the wait", "killed in the wait"}

// live as one process, which waited so long.
func (m *machine) live(t *testing.T, event string, least time.Duration, want *model) (waited time.Duration) {
	switch event {
	case "stop in the wait", "killed in the wait":
		if least > 0 {
			return m.breakOff(t, event == "killed in the wait", least, want)
		}
		event = "crash"
	}
	a, waited := m.start(t)
	switch event {
	case "fail":
		a.Failed(errors.New("no database"))
		want.end(false, false)
	case "crash":
		want.end(false, false)
	case "killed later":
		ctx, cancel := context.WithTimeout(t.Context(), policy.Healthy-time.Second)
		a.Run(ctx)
		cancel()
		want.end(false, false)
	case "stop":
		a.Forget()
		want.end(true, false)
	case "crash when healthy", "stop when healthy":
		a.Run(t.Context())
		if event == "stop when healthy" {
			a.Forget()
		}
		want.end(false, true)
	}
	return waited
}

// breakOff a wait, in its middle. It returns the least that it had to wait.
func (m *machine) breakOff(t *testing.T, kill bool, least time.Duration, want *model) time.Duration {
	ctx, cancel := context.WithTimeout(t.Context(), least/2)
	defer cancel()
	left := make(chan *record, 1)
	go func() {
		time.Sleep(least / 4)
		r, err := read(m.dir)
		if err != nil || !r.Waiting {
			t.Errorf("%+v, %v: it does not wait", r, err)
		}
		left <- r
	}()
	if err := m.process().Begin(ctx); !errors.Is(err, ErrStopped) {
		t.Errorf("it ended with %v", err)
	}
	r := <-left
	if !kill {
		want.end(true, false)
		return least
	}
	// A process that is killed has not tidied up.
	if err := r.write(m.dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(m.dir, recordName)); err != nil {
		t.Error(err)
	}
	want.waiting = time.Until(r.Time)
	return least
}
