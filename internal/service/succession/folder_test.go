package succession

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// TestASuccessorStartsWhereTheUnitsLinkLeadsNow, and otherwise where this process did.
func TestASuccessorStartsWhereTheUnitsLinkLeadsNow(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link, broken := filepath.Join(dir, "current"), filepath.Join(dir, "broken")
	if err := errors.Join(os.Symlink(dir, link), os.Symlink(filepath.Join(dir, "none"), broken)); err != nil {
		t.Skip("no links here: ", err)
	}
	const was = "/releases/1"
	for named, want := range map[string]string{
		link: link, "!" + link: link, dir: was, broken: was, filepath.Join(dir, "none"): was, "": was, "~": was, "error": was,
	} {
		s := New(Options{Log: slog.New(slog.DiscardHandler), Folder: func(context.Context) (string, error) {
			if named == "error" {
				return "", errors.New("no bus")
			}
			return named, nil
		}})
		if got := s.folder(t.Context(), was); got != want {
			t.Errorf("%q: starts in %s, want %s", named, got, want)
		}
	}
}
