// Command generate writes what is said about the keys of gind.yaml from the Go
// types in package settings, their tags and their comments: the reference page,
// the JSON Schema, the shipped file, and the texts that the program prints. It
// writes the JSON Schema and the texts for files of "gind supervise", too.
//
// It is run by "go generate ./internal/settings".
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gind/gind/cmd/app/supervise"
	"github.com/gind/gind/internal/settings"
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
	own := filepath.Join(dir, "*.go")
	service, err := newReference(settings.Default(), own)
	if err != nil {
		return nil, err
	}
	programs, err := newReference(&supervise.Keys{}, own,
		filepath.Join(dir, "../supervise/spec.go"), filepath.Join(dir, "../../cmd/app/supervise/keys.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"../../packaging/gind.yaml": service.sample(), "../../docs/config.md": service.page()}
	for path, write := range map[string]func() ([]byte, error){
		"about_generated.go":                         func() ([]byte, error) { return service.goSource("settings") },
		"../../packaging/gind.schema.json":           func() ([]byte, error) { return service.jsonSchema("gind.yaml") },
		"../../cmd/app/supervise/about_generated.go": func() ([]byte, error) { return programs.goSource("supervise") },
		"../../packaging/gind-supervise.schema.json": func() ([]byte, error) { return programs.jsonSchema("supervise.yaml") },
	} {
		if files[path], err = write(); err != nil {
			return nil, err
		}
	}
	return files, nil
}
