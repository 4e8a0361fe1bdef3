package gind_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// design is a part of docs/design.md, from one heading to the next of that kind.
func design(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile("docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/design.md has no heading %q", heading)
	}
	part, _, _ := strings.Cut(after, "\n## ")
	return part
}

// TestTheWaysInTheDesignAreThere: each file that a way passes exists, no way has more
// than five rooms, and none enters a room twice.
func TestTheWaysInTheDesignAreThere(t *testing.T) {
	step := regexp.MustCompile(`(?m)^(\d+)\. (.*)$`)
	passed := regexp.MustCompile(`(internal/[a-z/]+): ((?:[a-z_0-9]+\.go(?:, )?)+)`)
	var rooms []string
	for _, line := range step.FindAllStringSubmatch(design(t, "The ways"), -1) {
		if line[1] == "1" {
			rooms = nil
		}
		stops := passed.FindAllStringSubmatch(line[2], -1)
		if len(stops) == 0 {
			t.Errorf("no files in the step %q", line[0])
			continue
		}
		for _, stop := range stops {
			for file := range strings.SplitSeq(stop[2], ", ") {
				if _, err := os.Stat(filepath.Join(stop[1], strings.TrimSpace(file))); err != nil {
					t.Errorf("step %q: %v", line[0], err)
				}
			}
		}
		if rooms = append(rooms, stops[0][1]); len(rooms) > 5 {
			t.Errorf("a way of more than five rooms: %q", rooms)
		}
		for _, room := range rooms[:len(rooms)-1] {
			if room == stops[0][1] {
				t.Errorf("a way enters %s twice: %q", room, rooms)
			}
		}
	}
	if rooms == nil {
		t.Error("there are no ways")
	}
}

// TestEveryRoomIsInTheDesign, by its path or by its name in a table of rooms.
func TestEveryRoomIsInTheDesign(t *testing.T) {
	rooms := design(t, "Rooms")
	err := filepath.WalkDir("internal", func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if sources, _ := filepath.Glob(filepath.Join(path, "*.go")); len(sources) == 0 || filepath.Base(path) == "testdata" {
			return nil
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "internal/")
		last := filepath.Base(path)
		for _, row := range []string{"| " + name + " |", "| " + last + " |"} {
			if strings.Contains(rooms, row) {
				return nil
			}
		}
		t.Errorf("docs/design.md has no row for %s", path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
