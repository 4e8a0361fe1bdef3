//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Find returns the file of a program as execvp(3) would: a name with a slash
// is taken as it is, relative to dir; another one is looked for in the PATH of env.
func Find(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return filepath.Abs(name)
	}
	denied := error(nil)
	for _, folder := range filepath.SplitList(pathOf(env)) {
		if folder == "" {
			continue // the working directory, by tradition, and a trap
		}
		file := filepath.Join(folder, name)
		info, err := os.Stat(file)
		if err != nil || info.IsDir() {
			continue
		}
		if err := unix.Access(file, unix.X_OK); err != nil {
			denied = fmt.Errorf("%s: %w", file, err)
			continue
		}
		return file, nil
	}
	return "", errors.Join(fmt.Errorf("%s: not found in PATH: %w", name, os.ErrNotExist), denied)
}

// pathOf is the first PATH of env, which is the one that getenv(3) finds.
func pathOf(env []string) string {
	for _, assignment := range env {
		if value, ok := strings.CutPrefix(assignment, "PATH="); ok {
			return value
		}
	}
	return ""
}

// Runnable reports why the file of a program can't be executed, as far as that can be
// told without doing it.
func Runnable(file string) error {
	info, err := stat(file)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: it is no file: %w", file, os.ErrPermission)
	}
	if err := unix.Access(file, unix.X_OK); err != nil {
		return fmt.Errorf("%s: it is not executable: %w", file, err)
	}
	return nil
}

// Enterable reports why a program can't be started in a directory.
func Enterable(dir string) error {
	info, err := stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s: it is no directory", dir)
	}
	if err := unix.Access(dir, unix.X_OK); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// stat has errors that begin with the path, and not with the system call.
func stat(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	var failed *os.PathError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("%s: %w", path, failed.Err)
	}
	return info, err
}
