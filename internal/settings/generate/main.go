// Command generate writes what is said about the keys of gind.yaml from the Go
// types in package settings, their tags and their comments: the reference page,
// the JSON Schema, the shipped file, and the texts that the program prints.
//
// It is run by "go generate ./internal/settings".
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write all files. dir is the folder of package settings.
func write(dir string) error {
	all, err := render(dir)
	if err != nil {
		return err
	}
	for path, text := range all {
		if err := os.WriteFile(filepath.Join(dir, path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render returns each file's text by its path from the folder of package settings.
func render(dir string) (map[string][]byte, error) {
	comments, err := readComments(dir)
	if err != nil {
		return nil, err
	}
	r, err := newReference(comments)
	if err != nil {
		return nil, err
	}
	schema, err := r.schema.JSONSchema("gind.yaml", r.about)
	if err != nil {
		return nil, err
	}
	about, err := r.goSource()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"about_generated.go":               about,
		"../../packaging/gind.schema.json": schema,
		"../../packaging/gind.yaml":        r.sample(),
		"../../docs/config.md":             r.page(),
	}, nil
}
