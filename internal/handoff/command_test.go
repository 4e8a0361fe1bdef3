package handoff

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheProgramOfACommandIsNamedByItsFirstArgument where that is a path: behind a link
// what runs may be another.
func TestTheProgramOfACommandIsNamedByItsFirstArgument(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "shop")
	for first, want := range map[string]string{missing: missing, "shop": "/opt/before/shop", "./shop": "/opt/before/shop"} {
		c := Command{Path: "/opt/before/shop", Args: []string{first, "serve"}, Folder: "/"}.Named()
		if c.Path != want || c.Folder != "/" {
			t.Errorf("%s: %s in %s, want %s", first, c.Path, c.Folder, want)
		}
	}
	if c := (Command{Path: "/opt/shop"}).Named(); c.Path != "/opt/shop" {
		t.Errorf("without arguments: %s", c.Path)
	}
}

func TestWhatRunsIsKnownByItsFile(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]bool{Running(): {true, true}, other: {false, true}, other + "-none": {false, false}} {
		if same, exists := Runs(path); same != want[0] || exists != want[1] {
			t.Errorf("%s: same %v, exists %v, want %v", path, same, exists, want)
		}
	}
}
