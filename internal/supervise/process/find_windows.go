package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Find returns the file of a program: a name with a separator is taken
// relative to dir, another one is looked for in this process's PATH; both with
// the extensions of PATHEXT.
func Find(name, dir string, _ []string) (string, error) {
	if strings.ContainsAny(name, `/\`) && !filepath.IsAbs(name) && dir != "" {
		name = filepath.Join(dir, name)
	}
	file, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s: not found in PATH: %w", name, os.ErrNotExist)
	}
	return file, err
}

// Runnable has nothing to find that [Find] has not.
func Runnable(string) error { return nil }

// Enterable reports why a program can't be started in a directory.
func Enterable(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s: it is no directory", dir)
	}
	return nil
}
