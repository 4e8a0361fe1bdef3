package journal

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/internal/spool"
	"github.com/gind/gind/internal/journal/line"
)

// openStream opens a journal that writes lines to w.
func openStream(t testing.TB, w io.Writer, o Options) (*Journal, *slog.Logger) {
	t.Helper()
	o.Target = JSON
	o, err := o.normal()
	if err != nil {
		t.Fatal(err)
	}
	j := newJournalTo(w, o)
	t.Cleanup(func() { _ = j.Close() })
	return j, slog.New(j.Handler())
}

func TestPipeThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	dir := t.TempDir()
	j, log := openStream(t, w, Options{Mirror: MirrorOptions{Dir: dir}})
	const n = 6000
	pad := strings.Repeat("p", 400)
	var slowest time.Duration
	for i := range n {
		began := time.Now()
		log.Info("x", "i", i, "pad", pad)
		slowest = max(slowest, time.Since(began))
	}
	if slowest > journaltest.Prompt {
		t.Errorf("a call took %v", slowest)
	}
	journaltest.Eventually(t, func() error {
		if s := j.Stats(); s.State != StateDown && s.State != StateBehind {
			return errors.New(string(s.State))
		}
		return nil
	})
	began := time.Now()
	log.Error("y", "i", n)
	if d := time.Since(began); d > 4*awaited {
		t.Errorf("an error took %v", d)
	}
	if !strings.Contains(journaltest.ReadLog(t, dir, record.LaneError), `"msg":"y"`) {
		t.Error("the error is not in the mirror")
	}
	var out bytes.Buffer
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(&out, r) })
	journaltest.Eventually(t, func() error {
		if s := j.Stats(); s.State != StateOK {
			return errors.New(string(s.State))
		}
		return nil
	})
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	_ = w.Close()
	wg.Wait()
	there := mirrored(t, dir, "i")
	for _, text := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		e, err := line.ParseEntry([]byte(text))
		if err != nil {
			t.Fatalf("torn: %v", err)
		}
		ts := record.Tokens(e.Attrs)
		for tok := (record.Token{}); ts.Next(&tok); {
			if string(tok.Key) == "i" {
				there[string(tok.Text)]++
			}
		}
	}
	for i := range n {
		if there[strconv.Itoa(i)] != 1 {
			t.Fatalf("record %d is there %d times", i, there[strconv.Itoa(i)])
		}
	}
	if there[strconv.Itoa(n)] == 0 {
		t.Error("the error is nowhere")
	}
}

func TestPipeWhoseReaderIsGoneIsAState(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	_ = r.Close()
	dir := t.TempDir()
	j, log := openStream(t, w, Options{Mirror: MirrorOptions{Dir: dir}})
	log.Info("into the void")
	journaltest.Eventually(t, func() error {
		log.Error("x")
		if s := j.Stats(); s.State != StateDown || s.TargetError == "" {
			return errors.New(string(s.State))
		}
		return nil
	})
	if !strings.Contains(journaltest.ReadLog(t, dir, record.LaneError), `"msg":"x"`) {
		t.Error("errors do not go to the mirror")
	}
}

func TestErrorIsWrittenBeforeTheCallReturns(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	_, log := openStream(t, &out, Options{})
	for i := range 50 {
		log.Error("x", "i", i)
		if !strings.Contains(out.String(), `"i":`+strconv.Itoa(i)+"}") {
			t.Fatalf("error %d is not written", i)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// hanging is a disk that does not answer until it is let go.
type hanging struct{ release chan struct{} }

func (h hanging) Write(p []byte) (int, error) {
	<-h.release
	return len(p), nil
}

func TestDiskThatHangsHoldsErrorsUpForABoundedTimeOnce(t *testing.T) {
	t.Parallel()
	h := hanging{make(chan struct{})}
	j, log := openStream(t, h, Options{})
	began := time.Now()
	log.Error("first")
	if d := time.Since(began); d < spool.Hangs/2 || d > 4*awaited {
		t.Errorf("the first took %v", d)
	}
	began = time.Now()
	for range 20 {
		log.Error("further")
	}
	if d := time.Since(began); d > awaited {
		t.Errorf("20 more took %v: it is known that it hangs", d)
	}
	close(h.release)
	flush(t, j)
}

func TestLevelAtRunTime(t *testing.T) {
	t.Parallel()
	j, log := openQuiet(t, Options{})
	if log.Debug("no"); log.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("debug is on")
	}
	j.SetLevel(slog.LevelDebug)
	log.Debug("now")
	o := j.opts
	if err := j.Reconfigure(o); err != nil || j.Level() != slog.LevelDebug {
		t.Errorf("a reload without a change of the level sets it to %v, %v", j.Level(), err)
	}
	o.Level = slog.LevelWarn
	if err := j.Reconfigure(o); err != nil || j.Level() != slog.LevelWarn {
		t.Errorf("%v, %v", j.Level(), err)
	}
	flush(t, j)
	text := ""
	for _, l := range j.Tail(100, slog.LevelDebug) {
		text += string(l.JSON) + "\n"
	}
	if !strings.Contains(text, `"msg":"now"`) || strings.Contains(text, `"msg":"no"`) || strings.Count(text, string(EventLevelChanged)) != 2 {
		t.Errorf("%s", text)
	}
}

func TestDebugInvocationIsHonoured(t *testing.T) {
	t.Setenv("DEBUG_INVOCATION", "1")
	if j, _ := openQuiet(t, Options{Level: slog.LevelWarn}); j.Level() != slog.LevelDebug {
		t.Errorf("%v", j.Level())
	}
}

func TestMirrorIsReconfiguredWhileItIsWritten(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	o := Options{Mirror: MirrorOptions{Dir: a, Mode: Always}}
	j, log := openQuiet(t, o)
	step := func(msg string, mirror MirrorOptions) {
		t.Helper()
		o := j.opts
		o.Mirror = mirror
		if err := j.Reconfigure(o); err != nil {
			t.Fatal(err)
		}
		log.Info(msg)
		flush(t, j)
	}
	step("one", MirrorOptions{Dir: a, Mode: Always, MaxSize: 1 << 20})
	step("two", MirrorOptions{Dir: b, Mode: Always, Format: FormatLogfmt})
	step("three", MirrorOptions{Dir: b, Mode: Fallback})
	step("four", MirrorOptions{Dir: b, Mode: Off})
	step("five", MirrorOptions{Dir: a, Mode: Always})
	inA, inB := journaltest.ReadLog(t, a, record.LaneInfo), journaltest.ReadLog(t, b, record.LaneInfo)
	for msg, where := range map[string]string{"one": "a", "two": "b", "three": "", "four": "", "five": "a"} {
		if strings.Contains(inA, `"msg":"`+msg+`"`) != (where == "a") || strings.Contains(inB, "msg="+msg) != (where == "b") {
			t.Errorf("%s is not just in %q\na: %sb: %s", msg, where, inA, inB)
		}
	}
}
