package config

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/history"
)

// seeds are the files that a person wrote, and some that nobody would.
func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		"", "server: {workers: 1}", "a: &a [*a]", "<<: {a: 1}", "- 1", "\xff", "a: !!binary x", "? a\n: b", "\ufeffserver:\n", "a: |\n b\n",
		strings.Repeat("[", 100), strings.Repeat("- ", 100), "a: &b {<<: *b}", "a: \"\\x41\\u0042\\U00000043\"", "%YAML 1.2\n---\na: 1\n...\n",
	} {
		f.Add(text)
	}
}

// maxLoad is what the load of one file may allocate: it is 1 MiB at most, and
// aliases are bounded.
const maxLoad = 1 << 30

// FuzzLoad: no file makes a panic or takes memory without end, and it is either
// taken or explained.
func FuzzLoad(f *testing.F) {
	seeds(f)
	s := keysSchema(f)
	f.Fuzz(func(t *testing.T, text string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		loader := &Loader{Schema: s, Sources: []Source{oneFile(text)}}
		loaded, err := loader.Load(context.Background())
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > maxLoad {
			t.Errorf("%d bytes were allocated", grown)
		}
		if (loaded == nil) == (err == nil) {
			t.Errorf("snapshot %v, error %v", loaded, err)
		}
		if err != nil {
			if document.Explain(err) == "" || len(document.Mistakes(err)) == 0 {
				t.Errorf("not explained: %v", err)
			}
			return
		}
		again, err := loader.recall(&history.Version{Number: 1, Entries: loaded.filled.Entries}, loaded.filled.Literals()).result()
		if err != nil {
			t.Fatalf("what was taken does not come back: %v\n%+v", err, loaded.filled.Entries)
		}
		if changes := Diff(loaded, again); len(changes) > 0 {
			t.Errorf("what comes back is another: %+v", changes)
		}
	})
}

// oneFile is a source that is a text.
type oneFile string

func (d oneFile) Read(context.Context, *Reading) (*Content, error) {
	return &Content{Documents: []Document{{Name: "fuzz.yaml", Text: []byte(d)}}}, nil
}

// FuzzDiff: the changes from one file to another, and back, are of the same keys.
func FuzzDiff(f *testing.F) {
	f.Add("server: {workers: 1}", "server: {workers: 2}")
	f.Add("listeners: {a: {address: ':1'}}", "listeners: {b: {address: ':1'}}")
	f.Add("token: a", "token: b")
	s := keysSchema(f)
	f.Fuzz(func(t *testing.T, one, other string) {
		a, err := (&Loader{Schema: s, Sources: []Source{oneFile(one)}}).Load(context.Background())
		if err != nil {
			return
		}
		b, err := (&Loader{Schema: s, Sources: []Source{oneFile(other)}}).Load(context.Background())
		if err != nil {
			return
		}
		there, back := Diff(a, b), Diff(b, a)
		if len(there) != len(back) {
			t.Errorf("there %+v, back %+v", there, back)
		}
		if len(Diff(a, a)) != 0 {
			t.Error("it differs from itself")
		}
	})
}
