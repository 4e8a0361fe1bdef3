package flock

import (
	"os"
	"path/filepath"
	"testing"
)

func TestManyShareALockAndOneExcludesThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	a, b, c := open(), open(), open()
	defer func() { _ = c.Close() }()
	if !Shared(a) || !Shared(b) || Exclusive(c) {
		t.Error("two share it, and a third may not have it alone")
	}
	_, _ = a.Close(), b.Close()
	if !Exclusive(c) || Unlinked(c) {
		t.Error("it is free, and the file is there")
	}
	if err := os.Remove(path); err != nil || !Unlinked(c) {
		t.Errorf("the file has a name: %v", err)
	}
}
