package trial

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Check reports why a program is not one that a user may have chosen for a service: it,
// every folder above it and every link on the way have to belong to root or that user,
// and nobody else may write there.
func Check(program string, user int) error {
	return walker{user: user, look: os.Lstat, follow: os.Readlink}.check(program)
}

// walker goes down a path as the kernel does.
type walker struct {
	user   int
	look   func(string) (os.FileInfo, error)
	follow func(string) (string, error)
}

// mostLinks is the kernel's own bound (path_resolution(7)).
const mostLinks = 40

var errNoProgram = errors.New("it is no program: a regular file that may be executed")

func (w walker) check(program string) error {
	if !filepath.IsAbs(program) {
		return fmt.Errorf("%q is no absolute path", program)
	}
	at, rest, links := "/", parts(program), 0
	info, err := w.trust(at)
	for err == nil && len(rest) > 0 {
		path := filepath.Join(at, rest[0]) // ".." included: at is free of links
		if info, err = w.trust(path); err != nil {
			break
		}
		rest = rest[1:]
		if info.Mode().Type() != os.ModeSymlink {
			at = path
			continue
		}
		to, failed := w.follow(path)
		if links++; failed != nil || links > mostLinks {
			return errors.Join(fmt.Errorf("%s: too many links, or one that can't be read", path), failed)
		}
		if filepath.IsAbs(to) {
			at = "/"
		}
		rest = append(parts(to), rest...)
	}
	if err == nil && (!info.Mode().IsRegular() || info.Mode()&0o111 == 0) {
		err = fmt.Errorf("%s: %w", at, errNoProgram)
	}
	return err
}

// trust is an error unless only root and the user can change what is at path.
func (w walker) trust(path string) (os.FileInfo, error) {
	info, err := w.look(path)
	if err != nil {
		return nil, fmt.Errorf("the service does not get there: %w", err)
	}
	owner, known := ownerOf(info)
	switch {
	case !known:
		return nil, fmt.Errorf("%s: %w: nobody knows whose it is", path, errors.ErrUnsupported)
	case owner != 0 && owner != w.user:
		return nil, fmt.Errorf("%s belongs to user %d, and has to be root's or the service's own user's", path, owner)
	case info.Mode().Type() != os.ModeSymlink && info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("%s may be written by others than its owner (%s): chmod go-w", path, info.Mode())
	}
	return info, nil
}

func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
}
