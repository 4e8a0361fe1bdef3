package output

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// run sends text through a stream and returns what the handler was given.
func run(t *testing.T, o Options, r io.Reader) (*sheet, Stats) {
	t.Helper()
	got := &sheet{least: slog.LevelDebug}
	o.Handler, o.Wait = got, true
	s := New(o)
	if err := s.Run(r); err != nil {
		t.Fatal(err)
	}
	return got, s.Stats()
}

// flood writes lines as fast as it can: one error among every thousand.
func flood(w io.WriteCloser, thousands int) error {
	info := strings.Repeat("an ordinary line of a hundred bytes, of which there are very many, one after the other, on and on..\n", 999)
	for range thousands {
		if _, err := io.WriteString(w, info+"<3>an error\n"); err != nil {
			return err
		}
	}
	return w.Close()
}

func TestAHandlerThatBlocksStallsNobodyAndLosesNoError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	got := &sheet{least: slog.LevelDebug, hold: func() { <-release }}
	s := New(Options{Handler: got})
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan error, 1)
	go func() { done <- s.Run(r) }()

	const thousands = 500 // 50 MB
	begin := time.Now()
	if err := flood(w, thousands); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	runtime.ReadMemStats(&during)
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Logf("50 MB were taken in %v", took.Round(time.Millisecond))
	if took > 20*time.Second {
		t.Errorf("the program was stalled: %v for 50 MB", took)
	}
	if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d bytes more in memory", grown)
	}
	stats := s.Stats()
	if n := got.counted(slog.LevelError); n != thousands {
		t.Errorf("%d errors of %d", n, thousands)
	}
	info := got.counted(slog.LevelInfo)
	if stats.Lines != thousands*1000 || stats.Dropped == 0 || uint64(info)+thousands+stats.Dropped != stats.Lines {
		t.Errorf("%+v with %d records of info", stats, info)
	}
	if got.counted(slog.LevelWarn) == 0 || !strings.Contains(got.text.String(), "output was dropped") {
		t.Error("nobody was told that lines were dropped")
	}
}

func TestErrorsWaitForASlowHandler(t *testing.T) {
	var n atomic.Int64
	got := &sheet{hold: func() {
		if n.Add(1)%1000 == 0 {
			time.Sleep(time.Millisecond)
		}
	}}
	s := New(Options{Handler: got})
	const lines = 50_000
	if err := s.Run(strings.NewReader(strings.Repeat("error: this is one of very many errors\n", lines))); err != nil {
		t.Fatal(err)
	}
	if got.counted(slog.LevelError) != lines || s.Stats().Dropped != 0 {
		t.Errorf("%d errors of %d, %+v", got.counted(slog.LevelError), lines, s.Stats())
	}
}

func TestNothingIsDroppedWhereTheProgramMayWait(t *testing.T) {
	var n atomic.Int64
	got := &sheet{hold: func() {
		if n.Add(1)%1000 == 0 {
			time.Sleep(time.Millisecond)
		}
	}}
	s := New(Options{Handler: got, Wait: true})
	const lines = 50_000
	if err := s.Run(strings.NewReader(strings.Repeat("one of very many lines, none of which is lost\n", lines))); err != nil {
		t.Fatal(err)
	}
	if got.counted(slog.LevelInfo) != lines || s.Stats() != (Stats{Lines: lines, Bytes: lines * 46}) {
		t.Errorf("%d lines of %d, %+v", got.counted(slog.LevelInfo), lines, s.Stats())
	}
}

func TestLinesAreTheSameHoweverTheyAreRead(t *testing.T) {
	printed, err := os.ReadFile("testdata/gin.txt")
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := run(t, Options{}, bytes.NewReader(printed))
	for name, r := range map[string]io.Reader{
		"bytes":  iotest.OneByteReader(bytes.NewReader(printed)),
		"halves": iotest.HalfReader(bytes.NewReader(printed)),
		"eof":    iotest.DataErrReader(bytes.NewReader(printed)),
	} {
		if got, _ := run(t, Options{}, r); got.text.String() != whole.text.String() {
			t.Errorf("%s: got:\n%s", name, got.text.String())
		}
	}
}

func TestALineWithoutEndIsSplit(t *testing.T) {
	long := "error: " + strings.Repeat("ä", 200_000) // no piece can end at 32 KiB exactly
	for _, end := range []string{"", "\n", "\nafter\n"} {
		got, stats := run(t, Options{}, strings.NewReader("before\n"+long+end))
		if n := got.counted(slog.LevelError); n != 13 || utf8.RuneCountInString(got.text.String()) < 200_000 {
			t.Errorf("%q: %d pieces", end, n)
		}
		if strings.Contains(got.text.String(), `\x`) || strings.Count(got.text.String(), "ä") != 200_000 {
			t.Errorf("%q: a character was cut in two", end)
		}
		want := uint64(14 + strings.Count(end, "after"))
		if stats.Lines != want || got.counted(slog.LevelInfo) != int(want-13) {
			t.Errorf("%q: %+v", end, stats)
		}
	}
}

func TestALongLineOfJSONKeepsItsLevel(t *testing.T) {
	got, _ := run(t, Options{}, strings.NewReader(`{"level":"error","msg":"`+strings.Repeat("x", 2*MaxLine)+"\"}\nnext\n"))
	if got.counted(slog.LevelError) != 3 || got.counted(slog.LevelInfo) != 1 {
		t.Errorf("%v", got.count)
	}
}

func TestATraceIsLoggedWhileTheProgramIsSilent(t *testing.T) {
	r, w := io.Pipe()
	got := &sheet{}
	done := make(chan error, 1)
	go func() { done <- New(Options{Handler: got}).Run(r) }()
	if _, err := io.WriteString(w, "panic: oh\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:1 +0x1\n"); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); got.counted(slog.LevelError) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal("the trace waits for a line that nobody writes")
		}
	}
	_ = w.Close()
	if err := <-done; err != nil || got.counted(slog.LevelError) != 1 {
		t.Errorf("%d records, %v", got.counted(slog.LevelError), err)
	}
}

func TestATraceIsBounded(t *testing.T) {
	var dump strings.Builder
	dump.WriteString("panic: oh\n\n")
	for i := range 20_000 {
		fmt.Fprintf(&dump, "goroutine %d [chan receive]:\nmain.wait(...)\n\t/src/main.go:%d\n\n", i, i)
	}
	got, _ := run(t, Options{Wait: true}, strings.NewReader(dump.String()))
	if n := got.text.Len(); got.counted(slog.LevelError) != 1 || n > 2*maxTrace || n < maxTrace {
		t.Errorf("%d records, %d bytes", got.counted(slog.LevelError), n)
	}
	if !strings.Contains(got.text.String(), "lines more") {
		t.Error("nothing says that there was more")
	}
}

func TestWhatTheHandlerDoesNotWantIsNotMade(t *testing.T) {
	printed, err := os.ReadFile("testdata/zap-development.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := &sheet{least: slog.LevelError}
	if err := New(Options{Handler: got}).Run(bytes.NewReader(printed)); err != nil {
		t.Fatal(err)
	}
	if got.counted(slog.LevelError) != 1 || len(got.count) != 1 {
		t.Errorf("%v", got.count)
	}
}

func TestFieldsAreBounded(t *testing.T) {
	var members strings.Builder
	for i := range 500 {
		fmt.Fprintf(&members, `,"key%d":%q`, i, strings.Repeat("v", 10))
	}
	long := strings.Repeat("v", maxValue+1000)
	got, _ := run(t, Options{}, strings.NewReader(`{"level":"info","msg":"many","long":"`+long+`"`+members.String()+"}\n"))
	text := got.text.String()
	if n := strings.Count(text, "\n"); n != 1+maxAttrs+1 || !strings.Contains(text, "dropped_fields (Int64) = 453") || len(text) > 2*maxValue {
		t.Errorf("%d lines, %d bytes: %.200s", n, len(text), text)
	}
	deep := strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)
	if got, _ := run(t, Options{}, strings.NewReader(deep+"\n")); got.counted(slog.LevelInfo) != 4 {
		t.Errorf("%v", got.count)
	}
}

func TestTheTimeThatALineGivesIsBelievedWhenItIsNear(t *testing.T) {
	now := time.Now()
	near := now.Add(-3 * time.Second).Round(time.Microsecond)
	for _, test := range []struct {
		said string
		want time.Time
	}{
		{`"` + near.Format(time.RFC3339Nano) + `"`, near},
		{fmt.Sprintf("%.6f", float64(near.UnixMicro())/1e6), near},
		{`"` + now.Add(-time.Hour).Format(time.RFC3339Nano) + `"`, now},
		{`"12:00"`, now},
		{"null", now},
		{"17", now},
	} {
		var r slog.Record
		record(&r, now, mark{kind: jsonObject}, `{"ts":`+test.said+`,"level":"info","msg":"x"}`)
		if r.Time.Sub(test.want).Abs() > time.Microsecond || r.NumAttrs() == 1 && test.want.Equal(near) {
			t.Errorf("%s: %v, want %v, %d attributes", test.said, r.Time, test.want, r.NumAttrs())
		}
	}
}

func TestRecentKeepsTheLastLines(t *testing.T) {
	recent := &Recent{}
	run(t, Options{Recent: recent}, strings.NewReader("one\n\ntwo\n"+strings.Repeat("x", 2000)+"\n"))
	got := recent.Lines()
	if len(got) != 3 || got[0] != "one" || got[1] != "two" || len(got[2]) > recentBytes+3 {
		t.Errorf("%q", got)
	}
	var many strings.Builder
	var want []string
	for i := range 1000 {
		fmt.Fprintln(&many, i)
		if i >= 1000-recentLines {
			want = append(want, fmt.Sprint(i))
		}
	}
	run(t, Options{Recent: recent}, strings.NewReader(many.String()))
	if !slices.Equal(recent.Lines(), want) {
		t.Errorf("%q", recent.Lines())
	}
}

// TestALineAfterAPauseIsNoPartOfWhatWasLogged, whatever it might have been.
func TestALineAfterAPauseIsNoPartOfWhatWasLogged(t *testing.T) {
	r, w := io.Pipe()
	got := &sheet{}
	done := make(chan error, 1)
	go func() { done <- New(Options{Handler: got}).Run(r) }()
	for _, text := range []string{"java.lang.IllegalStateException: no\n", "a line of its own\n", "\tat A.f(A.java:2)\n\tat A.g(A.java:3)\n"} {
		before := got.counted(slog.LevelError) + got.counted(slog.LevelInfo)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); got.counted(slog.LevelError)+got.counted(slog.LevelInfo) == before; time.Sleep(5 * time.Millisecond) {
			if time.Since(begin) > 10*time.Second {
				t.Fatalf("%q waits for a line that nobody writes", text)
			}
		}
	}
	_ = w.Close()
	if err := <-done; err != nil || got.counted(slog.LevelError) != 2 || got.counted(slog.LevelInfo) != 1 {
		t.Errorf("%v: %s", err, got.text.String())
	}
}
