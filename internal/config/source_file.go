package config

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
	"github.com/gind/gind/internal/config/watchfiles"
)

// maxDropIns is how many files one folder of drop-ins may have.
const maxDropIns = 256

// File is a layer in a YAML file of at most 1 MiB. It is a Watcher.
type File struct {
	Path string
	// Optional files need not exist.
	Optional bool
}

// Read implements Source.
func (f File) Read(context.Context, *Reading) (*Content, error) {
	content, _, err := document.ReadFile(f.Path)
	if f.Optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(f.Path, err)
	}
	return &Content{Documents: []Document{{Name: f.Path, Text: content}}}, nil
}

// Watch implements Watcher.
func (f File) Watch(ctx context.Context, changed func()) error {
	return watchfiles.Watch(ctx, func() []string { return []string{f.Path} }, changed)
}

func unreadable(path string, err error) error {
	return &document.Mistake{Place: document.Place{Source: path}, Text: "can't be read: " + document.Cause(err).Error()}
}

// DropIns is a layer of small files, as systemd has them: all *.yaml of the
// folders, in the order of their names whatever the folder, where one of a later
// folder takes the place of one of the same name (systemd.unit(5)). A link to
// /dev/null makes such a file say nothing. Names that begin with a dot are left
// out. Folders need not exist. It is a Watcher.
type DropIns []string

// Read implements Source.
func (d DropIns) Read(context.Context, *Reading) (*Content, error) {
	files, mistakes := d.files()
	content := &Content{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, _, err := document.ReadFile(files[name])
		if errors.Is(err, fs.ErrNotExist) {
			if _, dangling := os.Lstat(files[name]); dangling != nil {
				continue // gone since the folder was read
			}
		}
		if err != nil {
			mistakes = append(mistakes, document.Mistakes(unreadable(files[name], err))...)
			continue
		}
		content.Documents = append(content.Documents, Document{Name: files[name], Text: text})
	}
	return content, document.Together(mistakes)
}

// files are the paths by name.
func (d DropIns) files() (files map[string]string, mistakes []*document.Mistake) {
	files = map[string]string{}
	for _, folder := range d {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			mistakes = append(mistakes, document.Mistakes(unreadable(folder, err))...)
		}
		for _, entry := range entries {
			if isDropIn(entry.Name()) {
				files[entry.Name()] = filepath.Join(folder, entry.Name())
			}
		}
	}
	if len(files) > maxDropIns {
		mistakes = append(mistakes, &document.Mistake{Place: document.Place{Source: d[len(d)-1]}, Text: "more than 256 drop-ins: this is no folder of a config"})
		clear(files)
	}
	return files, mistakes
}

func isDropIn(name string) bool {
	return filepath.Ext(name) == ".yaml" && !strings.HasPrefix(name, ".")
}

// Watch implements Watcher.
func (d DropIns) Watch(ctx context.Context, changed func()) error {
	return watchfiles.Watch(ctx, func() []string {
		paths := slices.Clone(d)
		files, _ := d.files()
		return slices.AppendSeq(paths, maps.Values(files))
	}, changed)
}

// Overlay is the layer of one environment: gind.production.yaml beside gind.yaml.
// The file need not exist. It is a Watcher.
type Overlay struct {
	// File is the path of the main file.
	File string
	// Key whose value is in the overlay's name. The overlay can't set it.
	Key string
}

// Read implements Source.
func (o Overlay) Read(ctx context.Context, r *Reading) (*Content, error) {
	word := r.Value(o.Key)
	if isName := schema.CheckName(word) == nil; !isName {
		return nil, nil // what is wrong with it is told where it was set
	}
	content, err := File{Path: o.path(word), Optional: true}.Read(ctx, r)
	if err != nil || content == nil {
		return nil, err
	}
	path, _ := document.SplitPath(o.Key)
	if t, _ := document.Parse(content.Documents[0].Name, content.Documents[0].Text, r.schema.SecretNames()); t != nil && t.At(path) != nil {
		return content, &document.Mistake{Place: t.At(path).KeyPlace(), Key: o.Key,
			Text: "this file is read because of the key's value elsewhere, and can't change it"}
	}
	return content, nil
}

// DependsOnOthers implements Dependent.
func (o Overlay) DependsOnOthers() {}

func (o Overlay) path(word string) string {
	ext := filepath.Ext(o.File)
	return strings.TrimSuffix(o.File, ext) + "." + word + ext
}

// Watch implements Watcher. It watches the overlays of all environments, since
// which one counts can change.
func (o Overlay) Watch(ctx context.Context, changed func()) error {
	return watchfiles.Watch(ctx, func() []string {
		paths, _ := filepath.Glob(o.path("*"))
		return append(paths, o.path("production"))
	}, changed)
}
