package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pattern is what -run says, "" without it.
func pattern(args []string) string {
	for i, arg := range args {
		name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case name != "run" || !strings.HasPrefix(arg, "-"):
		case joined:
			return value
		case i+1 < len(args):
			return args[i+1]
		}
	}
	return ""
}

// function is the first line of what "go test -run" can run.
var function = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)

// packagesWith are the folders of a module in which a test has such a name, so that
// the others need not be compiled to find that out.
func packagesWith(module, name string) (folders []string, err error) {
	first, _, _ := strings.Cut(name, "/")
	wanted, err := regexp.Compile(first)
	if err != nil {
		return nil, fmt.Errorf("-run %q: %w", name, err)
	}
	err = filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return enter(module, path)
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range function.FindAllSubmatch(text, -1) {
			if wanted.Match(found[1]) {
				folder, err := filepath.Rel(module, filepath.Dir(path))
				folders = append(folders, "./"+filepath.ToSlash(folder))
				return err
			}
		}
		return nil
	})
	slices.Sort(folders)
	return slices.Compact(folders), err
}

// enter leaves out folders that "./..." leaves out too.
func enter(module, path string) error {
	if path == module {
		return nil
	}
	name := filepath.Base(path)
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	if err == nil || name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return filepath.SkipDir
	}
	return nil
}
