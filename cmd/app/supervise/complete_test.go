package supervise

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gind/gind/internal/command"
)

// completed is what the completion script of a shell is told.
func completed(t *testing.T, words ...string) (list []string, directive string) {
	t.Helper()
	var out bytes.Buffer
	p := command.Program{Name: "gind", Out: &out, Err: t.Output(), Own: []command.Own{{Name: "supervise", Run: Command, Complete: Complete}}}
	if status := p.Execute(t.Context(), append([]string{"__complete"}, words...)); status != 0 {
		t.Fatalf("%v: status %d", words, status)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1], lines[len(lines)-1]
}

func TestWordsAreCompleted(t *testing.T) {
	const files, nothingElse = ":0", ":4"
	for _, test := range []struct {
		words     string // the last one is begun
		want      string // with a space behind each
		unwanted  string
		directive string
	}{
		{"super", "supervise ", "", nothingElse},
		{"supervise ", "status resume replace reload stop check schema ", "completion", nothingElse},
		{"supervise st", "status stop ", "resume", nothingElse},
		{"supervise --", "--file --listen --set --control ", "--config", nothingElse},
		{"supervise status --", "--json --control ", "--listen --config", nothingElse},
		{"supervise --restart ", "always on-failure no ", "status", nothingElse},
		{"supervise --stop-signal ", "SIGTERM SIGINT ", "status", nothingElse},
		{"supervise --name ", "", "status", nothingElse},
		{"supervise --file ", "", "status", files},
		{"supervise --control ", "", "status", files},
		{"supervise check ", "", "status", files},
		{"supervise schema ", "", "status", nothingElse},
		{"supervise -- ", "", "status", files},
		{"supervise -- /usr/bin/shop st", "", "status", files},
	} {
		lines, directive := completed(t, strings.Split(test.words, " ")...)
		var words []string
		for _, line := range lines {
			word, _, _ := strings.Cut(line, "\t")
			words = append(words, word)
		}
		for _, want := range strings.Fields(test.want) {
			if !slices.Contains(words, want) {
				t.Errorf("%q: no %s in %q", test.words, want, words)
			}
		}
		for _, unwanted := range strings.Fields(test.unwanted) {
			if slices.Contains(words, unwanted) {
				t.Errorf("%q: %s is in %q", test.words, unwanted, words)
			}
		}
		if directive != test.directive {
			t.Errorf("%q: the shell is told %s, want %s", test.words, directive, test.directive)
		}
	}
}
