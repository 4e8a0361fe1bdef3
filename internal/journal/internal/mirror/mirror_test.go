package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gind/gind/internal/journal/internal/beacon"
	"github.com/gind/gind/internal/journal/internal/journaltest"
	"github.com/gind/gind/internal/journal/internal/record"
	"github.com/gind/gind/internal/journal/line"
)

// fill makes a lane of a mirror grow by lines with the numbers of from to to.
func fill(m *Mirror, n record.Lane, from, to int) {
	level := [record.Lanes]slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug}[n]
	for i := from; i < to; i++ {
		for !m.AddOne(journaltest.Record(time.Now(), level, "x", slog.Int("i", i), slog.String("pad", strings.Repeat("p", 900))), line.Spilled) {
			m.Wake()
			time.Sleep(time.Millisecond)
		}
		m.Wake()
	}
}

// newTestMirror is a mirror without a journal.
func newTestMirror(t testing.TB, o Options) *Mirror {
	t.Helper()
	m := New(o, &beacon.Beacon{}, func(*Mirror, error) {})
	t.Cleanup(func() {
		select {
		case <-m.Ended():
		default:
			m.Close(answered)
		}
	})
	return m
}

// diskUse is what all files in dir take, in bytes.
func diskUse(t testing.TB, dir string) (total int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
	}
	return total
}

func TestRotationKeepsEveryLineAndCompresses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newTestMirror(t, Options{Dir: dir, MaxSize: 512 << 10})
	const n = 4000 // 4 MB
	fill(m, record.LaneInfo, 0, n)
	journaltest.Settle(t, m)
	if r := m.rotations.Load(); r < 6 {
		t.Errorf("%d rotations", r)
	}
	journaltest.Eventually(t, func() error {
		files, err := rotatedIn(dir)
		if err != nil || len(files) != int(m.rotations.Load()) {
			return fmt.Errorf("%d files, %w", len(files), err)
		}
		for _, f := range files {
			if f.end != packedEnd {
				return fmt.Errorf("%s is not compressed", f.path)
			}
		}
		return nil
	})
	i := 0
	for line, err := range Read(dir, Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(line.JSON, fmt.Appendf(nil, `"i":%d,`, i)) {
			t.Fatalf("line %d is %s", i, line.JSON)
		}
		i++
	}
	if i != n {
		t.Errorf("%d lines of %d", i, n)
	}
}

func TestDiskUseIsBoundedAndAFloodSparesOtherLevels(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const total = 4 << 20
	m := newTestMirror(t, Options{Dir: dir, MaxSize: 64 << 20, MaxTotal: total})
	fill(m, record.LaneError, 0, 800) // rotates once
	journaltest.Settle(t, m)
	quit := make(chan struct{})
	var most int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-quit:
				return
			case <-time.After(5 * time.Millisecond):
				most = max(most, diskUse(t, dir))
			}
		}
	})
	// Not to be compressed, or no flood were big enough for a test.
	noise := strings.Repeat("é", 100)
	for i := range 12000 {
		m.AddOne(journaltest.Record(time.Now(), slog.LevelInfo, strconv.Itoa(i)+noise, slog.String("pad", strings.Repeat(strconv.Itoa(i*7919), 150))), line.Spilled)
		if i%50 == 0 {
			journaltest.Settle(t, m)
		}
	}
	journaltest.Settle(t, m)
	close(quit)
	wg.Wait()
	if most > total {
		t.Errorf("%d bytes on the disk, of %d at most", most, total)
	}
	if m.rotations.Load() < 20 {
		t.Errorf("only %d rotations", m.rotations.Load())
	}
	survived := 0
	for line, err := range Read(dir, Query{Min: slog.LevelError}) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Level == slog.LevelError {
			survived++
		}
	}
	if survived != 800 {
		t.Errorf("%d errors of 800 outlived the flood", survived)
	}
}

func TestTwoProcessesShareTheFilesAndTearNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Dir: dir, MaxSize: 300 << 10}
	const n = 3000
	var wg sync.WaitGroup
	for p := range 2 { // flock(2) tells two openings of a file apart, in one process as in two
		m := newTestMirror(t, o)
		wg.Go(func() {
			fill(m, record.LaneInfo, p*n, (p+1)*n)
			journaltest.Settle(t, m)
		})
	}
	wg.Wait()
	seen := counted(t, dir, "i")
	for i := range 2 * n {
		if seen[strconv.Itoa(i)] != 1 {
			t.Fatalf("line %d is there %d times", i, seen[strconv.Itoa(i)])
		}
	}
}

func TestRotatedFileIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	for name, rename := range map[string]func(from, to string) error{"atomic": renameToNew, "plain": renameIfNew} {
		dir := t.TempDir()
		from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
		for _, path := range []string{from, to} {
			if err := os.WriteFile(path, []byte(path), fileMode); err != nil {
				t.Fatal(err)
			}
		}
		if err := rename(from, to); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
		if journaltest.ReadFile(t, from) != from || journaltest.ReadFile(t, to) != to {
			t.Errorf("%s: a file was overwritten", name)
		}
		if err := rename(from, to+"2"); err != nil || journaltest.ReadFile(t, to+"2") != from {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOldFilesGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{"old": 3 * time.Hour, "young": time.Hour} {
		path := rotatedName(dir, record.LaneWarn, now.Add(-age))
		if err := os.WriteFile(path, []byte(name), fileMode); err != nil {
			t.Fatal(err)
		}
	}
	others := []string{"warn.log", "warn.log.1", "warn-yesterday.log", "gind.db"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, name), nil, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	files, err := retention{dir: dir, budget: 1 << 20, age: 2 * time.Hour}.sweep(now)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if text := journaltest.ReadFile(t, files[0].path); text != "young" {
		t.Errorf("the %s one stayed", text)
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("it deleted what is not its own: %v", err)
		}
	}
}

func TestFileIsRotatedWhenItsOldestRecordIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := journaltest.Record(time.Now().Add(-25*time.Hour), slog.LevelWarn, "old")
	path := filepath.Join(dir, "warn.log")
	if err := os.WriteFile(path, line.NewJSON(1).Append(nil, old, line.Unmarked), fileMode); err != nil {
		t.Fatal(err)
	}
	m := newTestMirror(t, Options{Dir: dir})
	if err := m.do(func() { m.tick(time.Now()) }); err != nil {
		t.Fatal(err)
	}
	if n, text := m.rotations.Load(), journaltest.ReadLog(t, dir, record.LaneWarn); n != 1 || text != "" {
		t.Errorf("%d rotations; warn.log: %s", n, text)
	}
	found := 0
	for line, err := range Read(dir, Query{}) {
		if err != nil || !bytes.Contains(line.JSON, []byte(`"msg":"old"`)) {
			t.Errorf("%s, %v", line.JSON, err)
		}
		found++
	}
	if found != 1 {
		t.Errorf("%d records", found)
	}
}

func TestLineTornByACrashIsEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "info.log")
	torn := `{"time":"` + time.Now().UTC().Format(time.RFC3339Nano) + `","level":"INFO","msg":"to`
	if err := os.WriteFile(path, []byte(torn), fileMode); err != nil {
		t.Fatal(err)
	}
	m := newTestMirror(t, Options{Dir: dir})
	fill(m, record.LaneInfo, 0, 1)
	journaltest.Settle(t, m)
	text := journaltest.ReadAll(t, dir)
	if i := strings.Index(text, "\n{"); i < 0 || !strings.HasSuffix(text, "}\n") {
		t.Errorf("%s", text)
	}
}

func TestDeletedDirectoryIsMadeAgainAndNothingIsLost(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	m := newTestMirror(t, Options{Dir: dir})
	fill(m, record.LaneError, 0, 10)
	journaltest.Settle(t, m)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	fill(m, record.LaneError, 10, 20)
	journaltest.Settle(t, m)
	seen := counted(t, dir, "i")
	for i := 10; i < 20; i++ {
		if seen[strconv.Itoa(i)] != 1 {
			t.Errorf("line %d is there %d times", i, seen[strconv.Itoa(i)])
		}
	}
}

func TestRenamedFileIsNoticedWithoutReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newTestMirror(t, Options{Dir: dir})
	fill(m, record.LaneInfo, 0, 1)
	journaltest.Settle(t, m)
	path := filepath.Join(dir, "info.log")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(recheck)
	fill(m, record.LaneInfo, 1, 2)
	journaltest.Settle(t, m)
	if text := journaltest.ReadFile(t, path); !strings.Contains(text, `"i":1,`) {
		t.Errorf("%s", text)
	}
}

func TestReadFindsLevelsAndTimes(t *testing.T) {
	t.Parallel()
	for _, format := range []line.Format{line.FormatJSON, line.FormatLogfmt} {
		dir := t.TempDir()
		m := newTestMirror(t, Options{Dir: dir, Format: format})
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 40 {
			level := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}[i%4]
			m.AddOne(journaltest.Record(start.Add(time.Duration(i)*time.Second), level, strconv.Itoa(i)), line.Unmarked)
		}
		journaltest.Settle(t, m)
		m.Close(answered)
		var got []string
		q := Query{Since: start.Add(10 * time.Second), Until: start.Add(19 * time.Second), Min: slog.LevelWarn}
		for l, err := range Read(dir, q) {
			if err != nil {
				t.Fatal(err)
			}
			e, err := line.ParseEntry(l.JSON)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(e.Message))
		}
		if want := []string{"10", "11", "14", "15", "18", "19"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}

func TestReadShowsWhatItCannotReadAndGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newTestMirror(t, Options{Dir: dir})
	fill(m, record.LaneInfo, 0, 3)
	journaltest.Settle(t, m)
	m.Close(answered)
	path := strings.TrimSuffix(rotatedName(dir, record.LaneInfo, time.Now()), plainEnd) + packedEnd
	if err := os.WriteFile(path, nil, fileMode); err != nil { // an empty file is no gzip
		t.Fatal(err)
	}
	lines, errs := 0, 0
	for _, err := range Read(dir, Query{}) {
		if err != nil {
			errs++
		} else {
			lines++
		}
	}
	if lines != 3 || errs != 1 {
		t.Errorf("%d lines, %d errors", lines, errs)
	}
	for line, err := range Read(filepath.Join(dir, "none"), Query{}) {
		t.Errorf("%v, %v, of no directory", line, err)
	}
}

// counted are the values of field in the files, each with how often it is there.
func counted(t testing.TB, dir, field string) map[string]int {
	t.Helper()
	return journaltest.Count(t, field, func(yield func([]byte, error) bool) {
		for l, err := range Read(dir, Query{Min: slog.LevelDebug}) {
			if !yield(l.JSON, err) {
				return
			}
		}
	})
}
