package journaltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gind/gind/internal/journal/internal/record"
)

// ReadAll is the text of all files in dir.
func ReadAll(t testing.TB, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(ReadFile(t, path))
	}
	return b.String()
}

// ReadFile is the text of a file.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ReadLog is the file of a lane, empty if there is none.
func ReadLog(t testing.TB, dir string, n record.Lane) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, n.String()+".log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}
