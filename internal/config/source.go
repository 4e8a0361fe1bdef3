package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Source is one layer of a configuration.
type Source interface {
	// read returns what the layer says, or nil, and what is wrong with it.
	read(ctx context.Context, s *Schema) (*tree, []*Mistake)
	// name is for a list of what was read; empty if there was nothing.
	name() string
}

// File is a layer in a YAML file.
type File struct {
	Path string
	// Optional files need not exist.
	Optional bool
}

func (f File) name() string { return f.Path }

func (f File) read(context.Context, *Schema) (*tree, []*Mistake) {
	text, err := readBounded(f.Path)
	if f.Optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []*Mistake{{Place: Place{Source: f.Path}, Text: reason(err)}}
	}
	return parseYAML(f.Path, text)
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("the file is larger than %s", Bytes(maxFile))
	}
	return text, err
}

// reason is an error without the path, which stands before it already.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return "can't be read: " + pathError.Err.Error()
	}
	return "can't be read: " + err.Error()
}

// Environment is the layer of variables: with the prefix "SHOP_",
// SHOP_SERVER_READ_TIMEOUT is server.read_timeout. Variables that are no key's
// are ignored, since others set some too (Kubernetes, for services of that name).
type Environment struct {
	Prefix string
	// Variables as os.Environ has them.
	Variables []string
}

func (e Environment) name() string { return "" }

func (e Environment) read(_ context.Context, s *Schema) (*tree, []*Mistake) {
	root := newMapping(Place{Source: "environment"})
	for _, variable := range e.Variables {
		name, text, _ := strings.Cut(variable, "=")
		words, ok := strings.CutPrefix(name, e.Prefix)
		if !ok {
			continue
		}
		if path := s.pathOf(strings.ToLower(words)); path != nil {
			root.setPath(path, &tree{kind: scalar, text: text, place: Place{Source: "$" + name}})
		}
	}
	return root, nil
}

// pathOf finds the key whose path, with "_" between, is words.
func (s *Schema) pathOf(words string) []string {
	if path := pathIn(s.prototype.Type(), words); path != nil {
		return path
	}
	for _, name := range s.names {
		if rest, ok := strings.CutPrefix(words, name+"_"); ok {
			if path := pathIn(s.sections[name].Type(), rest); path != nil {
				return slices.Insert(path, 0, name)
			}
		}
	}
	return nil
}

func pathIn(t reflect.Type, words string) []string {
	for _, f := range fieldsOf(t) {
		if words == f.name && !isGroup(f.typ) && f.typ.Kind() != reflect.Map {
			return []string{f.name}
		}
		rest, ok := strings.CutPrefix(words, f.name+"_")
		if !ok {
			continue
		}
		if path := pathBelow(f.typ, rest); path != nil {
			return slices.Insert(path, 0, f.name)
		}
	}
	return nil
}

// pathBelow a key: in a group, or in a group with a name of its own.
func pathBelow(t reflect.Type, words string) []string {
	if isGroup(t) {
		return pathIn(t, words)
	}
	if t.Kind() != reflect.Map || !isGroup(t.Elem()) {
		return nil
	}
	for i, c := range words {
		if c != '_' {
			continue
		}
		if path := pathIn(t.Elem(), words[i+1:]); path != nil {
			return slices.Insert(path, 0, words[:i])
		}
	}
	return nil
}

// Values is the layer of single keys, as flags set them.
type Values map[string]Value

// Value is what one key is set to, and the name of what set it, as "--listen".
type Value struct{ Text, Source string }

func (v Values) name() string { return "" }

func (v Values) read(context.Context, *Schema) (*tree, []*Mistake) {
	root := newMapping(Place{Source: "flags"})
	for key, value := range v {
		place := Place{Source: value.Source}
		root.setPath(strings.Split(key, "."), &tree{kind: scalar, text: value.Text, place: place, key: place})
	}
	return root, nil
}
