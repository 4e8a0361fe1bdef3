package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-multierror"

	"github.com/gind/gind/internal/config/document"
)

var update = flag.Bool("update", false, "write what is got to testdata")

// TestBadFilesAreExplained holds what each bad file gets against the text
// beside it. A person has read the texts: read them again after -update.
func TestBadFilesAreExplained(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatal("too few bad files: ", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			loader := &Loader{Schema: keysSchema(t), Sources: []Source{File{Path: path}}}
			_, err := loader.Load(t.Context())
			if err == nil {
				t.Fatal("it was taken")
			}
			got := document.Explain(err)
			golden := strings.TrimSuffix(path, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, _ := os.ReadFile(golden)
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, m := range document.Mistakes(err) {
				if m.Line == 0 {
					t.Errorf("no place: %v", m)
				}
			}
		})
	}
}

func TestMistakesAreAMultierror(t *testing.T) {
	_, err := load(t, "server: {workers: 0, ratio: 2}\n")
	var all *multierror.Error
	if !errors.As(err, &all) || len(all.Errors) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestUnreadableFilesAreMistakes(t *testing.T) {
	if _, err := load(t, "server: {workers: 1}\n# "+strings.Repeat("x", 1<<20)); err == nil || !strings.Contains(err.Error(), "larger than 1MiB") {
		t.Errorf("huge: %v", err)
	}
	loader := &Loader{Schema: keysSchema(t), Sources: []Source{File{Path: t.TempDir()}}}
	if _, err := loader.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("folder: %v", err)
	}
	if _, err := load(t, "environment: \"\xff\"\n"); err == nil || !strings.Contains(err.Error(), ":1:15: not valid UTF-8") {
		t.Errorf("invalid UTF-8: %v", err)
	}
}

// TestAliasBombIsBounded: each level of this file is ten times the one before.
func TestAliasBombIsBounded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		alias := "*a" + string(rune('0'+(i-1)%10))
		name := "a" + string(rune('0'+i%10))
		bomb.WriteString(name + "x: &" + name + " [" + strings.Repeat(alias+", ", 9) + alias + "]\n")
	}
	begun := time.Now()
	if _, err := load(t, bomb.String()); err == nil {
		t.Error("it was taken")
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}
