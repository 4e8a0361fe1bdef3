package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/internal/settings"
)

const room = ".." // the folder of package settings

func TestWhatIsWrittenAgreesWithTheCode(t *testing.T) {
	all, err := render(room)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range all {
		got, err := os.ReadFile(filepath.Join(room, path))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code says: run go generate ./internal/settings (%v)", path, err)
		}
	}
}

// load a text as gind.yaml.
func load(t *testing.T, text string) *config.Snapshot {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gind.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	schema := config.NewSchema(settings.Default())
	schema.Close()
	loader := &config.Loader{Schema: schema, Sources: []config.Source{config.File{Path: path}}}
	s, err := loader.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// uncommented is the shipped file with its commented-out keys in force, but not
// the example of a listener.
func uncommented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(room, "../../packaging/gind.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(strings.SplitN(rest, " # ", 2)[0], ":") && isKey(rest) {
			line = rest
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

// isKey tells "read_timeout: 60s" from a sentence.
func isKey(line string) bool {
	name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && !strings.HasPrefix(line, "yaml-")
}

func TestShippedFileHasEveryDefault(t *testing.T) {
	defaults, shipped := load(t, ""), load(t, uncommented(t))
	for _, change := range config.Diff(defaults, shipped) {
		if change.Key != "listeners.http.address" {
			t.Errorf("%s: the default is %s, the shipped file says %s", change.Key, change.Old, change.New)
		}
	}
	for _, e := range shipped.Entries() {
		if e.Default() && !strings.HasPrefix(e.Key, "listeners.") {
			t.Errorf("%s is not in the shipped file", e.Key)
		}
	}
}

func TestShippedFileChangesNothingButTheAddress(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(room, "../../packaging/gind.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range config.Diff(load(t, ""), load(t, string(text))) {
		if change.Key != "listeners.http.address" {
			t.Errorf("the shipped file changes %s", change.Key)
		}
	}
}

func TestEveryKeyIsDescribedWhole(t *testing.T) {
	for _, k := range flat(config.NewSchema(settings.Default()).Keys()) {
		if settings.About(k) == "" {
			t.Errorf("%s: nobody says what it is for", k.Path)
		}
		if k.Type == schema.Group {
			continue
		}
		if k.Since == "" {
			t.Errorf("%s: since when is it there?", k.Path)
		}
		if (k.Type == schema.Duration || k.Type == schema.Size || k.Type == schema.Integer) && (k.Max == "" || k.Default == "") {
			t.Errorf("%s has no bound above or no default", k.Path)
		}
	}
}

// TestEveryKeyIsRead finds the key that is in every document and does nothing: its
// field is named nowhere in the packages that import package settings, nor in what
// that package hands on, and its path is written nowhere.
func TestEveryKeyIsRead(t *testing.T) {
	fields, texts := named(t, filepath.Join(room, "../.."))
	for _, k := range flat(config.NewSchema(settings.Default()).Keys()) {
		_, field, _ := strings.Cut(k.Field, ".")
		if !fields[field] && !texts[k.Path] {
			t.Errorf("%s: nobody reads %s. Hand it on in internal/wiring to the room that needs it (live keys of the server: server.Limits)",
				k.Path, k.Field)
		}
	}
}

// named are the names behind a dot in the program's files that may read a key, and
// all texts in them.
func named(t *testing.T, root string) (fields, texts map[string]bool) {
	t.Helper()
	fields, texts = map[string]bool{}, map[string]bool{}
	for _, files := range programFiles(t, root) {
		if !reads(files) {
			continue
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					fields[n.Sel.Name] = true
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil {
						texts[text] = true
					}
				}
				return true
			})
		}
	}
	return fields, texts
}

// programFiles are the Go files of the tree by their folder. Those of package settings
// that only say what a key is, or whether its value is right, are left out.
func programFiles(t *testing.T, root string) map[string][]*ast.File {
	t.Helper()
	folders := map[string][]*ast.File{}
	keys := filepath.Join(root, "internal/settings")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || path == filepath.Join(keys, "generate")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		folder := filepath.Dir(path)
		if folder == keys && (name == "settings.go" || name == "about_generated.go" || strings.HasPrefix(name, "check")) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		folders[folder] = append(folders[folder], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// reads says whether a package can name a field of package settings.
func reads(files []*ast.File) bool {
	for _, file := range files {
		if file.Name.Name == "settings" {
			return true
		}
		for _, imported := range file.Imports {
			if imported.Path.Value == `"github.com/gind/gind/internal/settings"` {
				return true
			}
		}
	}
	return false
}

// TestSchemaKnowsEveryKey follows each path through the JSON Schema.
func TestSchemaKnowsEveryKey(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(room, "../../packaging/gind.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	for _, k := range flat(config.NewSchema(settings.Default()).Keys()) {
		at := root
		for name := range strings.SplitSeq(k.Path, ".") {
			if name == schema.AnyName {
				at, _ = at["additionalProperties"].(map[string]any)
				continue
			}
			properties, _ := at["properties"].(map[string]any)
			at, _ = properties[name].(map[string]any)
		}
		if at == nil {
			t.Errorf("the schema does not know %s", k.Path)
		}
	}
}
