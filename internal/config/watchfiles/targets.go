package watchfiles

import (
	"os"
	"path/filepath"
	"strings"
)

// maxLinks bounds the symbolic links on the way to one file, as Linux does
// (path_resolution(7)).
const maxLinks = 40

// targets are the names that matter, by the folder they are in. A whole folder
// has the name everything.
type targets map[string]map[string]bool

const everything = "*"

func (t targets) add(folder, name string) {
	if t[folder] == nil {
		t[folder] = map[string]bool{}
	}
	t[folder][name] = true
}

// concern reports whether a path that an event names is one that matters.
func (t targets) concern(path string) bool {
	names := t[filepath.Dir(path)]
	return names[filepath.Base(path)] || names[everything] || t[path] != nil
}

// follow a path to its end, or to where it is missing: the links on the way
// matter as well as the file.
func (t targets) follow(path string) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return
	}
	root := filepath.VolumeName(absolute) + string(filepath.Separator)
	folder, rest := root, parts(strings.TrimPrefix(absolute, root))
	for links := 0; len(rest) > 0 && links <= maxLinks; {
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			folder = filepath.Dir(folder)
			continue
		}
		at := filepath.Join(folder, name)
		info, err := os.Lstat(at)
		switch {
		case err != nil:
			t.add(folder, name)
			return
		case info.Mode()&os.ModeSymlink != 0:
			t.add(folder, name)
			links++
			target, err := os.Readlink(at)
			if err != nil {
				return
			}
			if filepath.IsAbs(target) {
				folder = root
				target = strings.TrimPrefix(target, root)
			}
			rest = append(parts(target), rest...)
		case len(rest) > 0:
			folder = at
		default:
			t.add(folder, name)
			if info.IsDir() {
				t.add(at, everything)
			}
		}
	}
}

// parts of a path, without those that say nothing.
func parts(path string) []string {
	var list []string
	for part := range strings.SplitSeq(path, string(filepath.Separator)) {
		if part != "" && part != "." {
			list = append(list, part)
		}
	}
	return list
}
