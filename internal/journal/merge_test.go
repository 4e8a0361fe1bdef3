package journal

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMergeHasEachRecordOnceAndInOrder(t *testing.T) {
	o := Options{Target: JSON, Mirror: MirrorOptions{Mode: Always}}
	for _, format := range []Format{FormatJSON, FormatLogfmt} {
		t.Run(format.String(), func(t *testing.T) {
			o.Mirror.Dir, o.Mirror.Format = t.TempDir(), format
			j, log := open(t, o)
			log.Info("first", "n", 1)
			log.Error("second", "n", 2)
			if err := j.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			memory := j.Tail(10, slog.LevelInfo)
			if len(memory) != 2 {
				t.Fatalf("%d records in memory", len(memory))
			}
			// A record that only the files have, and one that only memory has.
			older := Line{Time: memory[0].Time.Add(-time.Second), JSON: []byte(`{"time":"x","level":"INFO","msg":"older"}`)}
			newer := Line{Time: memory[1].Time.Add(time.Second), JSON: []byte(`{"level":"INFO","msg":"newer"}`)}
			files := func(yield func(Line, error) bool) {
				if !yield(older, nil) {
					return
				}
				for line, err := range Read(o.Mirror.Dir, Query{}) {
					if !yield(line, err) {
						return
					}
				}
			}
			var got []string
			for line, err := range Merge(files, append(memory, newer)) {
				if err != nil {
					t.Error(err)
				}
				_, message, _ := strings.Cut(string(line.JSON), `"msg":"`)
				message, _, _ = strings.Cut(message, `"`)
				got = append(got, message)
			}
			if want := []string{"older", "first", "second", "newer"}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestFollowMissesNothingBetweenTailAndSubscription(t *testing.T) {
	j, log := open(t, Options{Target: JSON})
	const n = 2000
	go func() {
		for i := range n {
			log.Info("x", "i", i)
			if i%100 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	lines, s := j.Follow(n, slog.LevelInfo)
	defer s.Close()
	next := -1
	check := func(l Line) {
		_, text, _ := strings.Cut(string(l.JSON), `"i":`)
		i := 0
		for _, c := range strings.TrimSuffix(text, "}") {
			i = 10*i + int(c-'0')
		}
		if next >= 0 && i != next {
			t.Fatalf("record %d follows %d", i, next-1)
		}
		next = i + 1
	}
	for _, l := range lines {
		check(l)
	}
	for next < n && s.Missed() == 0 {
		select {
		case l := <-s.Lines():
			check(l)
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing comes after %d", next)
		}
	}
}
