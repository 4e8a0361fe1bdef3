package socketunit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// DropIn is a file that changes a unit's.
type DropIn struct {
	Path string
	was  []byte // before Write; nil if it was not there
}

// OpenDropIn is the one of a unit that is named port.conf, whether it is there or not.
func OpenDropIn(folder, unit string) (*DropIn, error) {
	d := &DropIn{Path: filepath.Join(folder, unit+".d", "port.conf")}
	was, err := os.ReadFile(d.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the drop-in: %w", err)
	}
	d.was = was
	return d, nil
}

// Write the lines in place of all that the unit has, with a comment on top. Without lines
// the file is removed.
func (d *DropIn) Write(comment string, lines []Listen) error {
	if len(lines) == 0 {
		return d.put(nil)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\n[Socket]\nListenStream=\n", comment)
	for _, l := range lines {
		fmt.Fprintln(&text, l)
	}
	return d.put(text.Bytes())
}

// Restore what was there before Write.
func (d *DropIn) Restore() error { return d.put(d.was) }

// put the whole text there, or nothing.
func (d *DropIn) put(text []byte) error {
	folder := filepath.Dir(d.Path)
	if text == nil {
		if err := os.Remove(d.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the drop-in: %w", err)
		}
		_ = os.Remove(folder) // if nothing else is in it
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("writing the drop-in: %w", err)
	}
	next := d.Path + ".new" // systemd reads *.conf alone
	if err := os.WriteFile(next, text, 0o644); err != nil {
		return fmt.Errorf("writing the drop-in: %w", err)
	}
	if err := errors.Join(os.Chmod(next, 0o644), os.Rename(next, d.Path)); err != nil {
		return fmt.Errorf("writing the drop-in: %w", err)
	}
	return nil
}
