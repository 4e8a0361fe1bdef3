package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
)

// layer is what one source said.
type layer struct {
	trees    []*document.Tree
	salvaged []*document.Tree // of documents that can't be read as a whole
	assigned []assigned       // the single keys
	names    []string         // of what was read
	mistakes []*document.Mistake
	unread   bool   // what it says is not known, or not all of it
	digest   string // of all it said
	files    string // of the documents in it
}

func (l *layer) value(path []string) (string, bool) {
	trees := l.all()
	for i := len(trees) - 1; i >= 0; i-- {
		if t := trees[i].At(path); t != nil && t.Kind == document.Scalar {
			return t.Text, true
		}
	}
	return "", false
}

// readLayer reads one source. A panic in it is a mistake.
func (l *Loader) readLayer(ctx context.Context, source Source, r *Reading) (result *layer) {
	result = &layer{}
	defer func() {
		if cause := recover(); cause != nil {
			result.mistakes = append(result.mistakes, &document.Mistake{Text: fmt.Sprintf("source %T: panic: %v", source, cause)})
		}
	}()
	content, err := source.Read(ctx, r)
	if err != nil {
		result.refuse(err)
		result.unread = content == nil
	}
	if content != nil {
		result.take(content, l.Schema)
	}
	return result
}

func (l *layer) refuse(err error) {
	l.mistakes = document.Mistakes(err)
	if len(l.mistakes) == 0 {
		l.mistakes = []*document.Mistake{{Text: err.Error()}}
	}
	l.digest = fingerprint("error", err.Error())
}

func (l *layer) take(content *Content, s *schema.Schema) {
	var documents, assignments []string
	for _, d := range content.Documents {
		t, mistakes := document.Parse(d.Name, d.Text, s.SecretNames())
		if t != nil {
			l.trees = append(l.trees, t)
		} else {
			l.unread = true
			l.salvaged = append(l.salvaged, document.Salvage(d.Name, d.Text, s.SecretNames()))
		}
		l.mistakes = append(l.mistakes, mistakes...)
		l.names = append(l.names, d.Name)
		documents = append(documents, d.Name, string(d.Text))
	}
	for _, a := range content.Values {
		l.assign(a, s)
		assignments = append(assignments, a.Key, a.Text)
	}
	l.files = fingerprint(documents...)
	l.digest = fingerprint(l.digest, l.files, fingerprint(assignments...))
}

// assigned is a single key with its value.
type assigned struct {
	path     []string
	value    *document.Tree
	variable bool
}

func (l *layer) assign(a Assignment, s *schema.Schema) {
	wrong := func(key, text string) {
		l.mistakes = append(l.mistakes, &document.Mistake{Place: a.Place, Key: key, Text: text})
	}
	path, err := document.SplitPath(a.Key)
	switch {
	case err != nil:
		wrong("", err.Error())
		return
	case !utf8.ValidString(a.Text):
		wrong(a.Key, "the value is not valid UTF-8")
		return
	case strings.ContainsRune(a.Text, 0):
		wrong(a.Key, "the value has a zero byte")
		return
	}
	t, err := s.ParseText(path, a.Text, a.Place)
	if err != nil {
		wrong(a.Key, err.Error())
		return
	}
	l.assigned = append(l.assigned, assigned{path, t, a.Variable})
}

// values is the tree of the single keys; nil if there are none.
func (l *layer) values() *document.Tree {
	if len(l.assigned) == 0 {
		return nil
	}
	values := document.NewMapping(document.Place{})
	for _, a := range l.assigned {
		values.SetPath(a.path, a.value)
	}
	return values
}

// all trees that the layer says, in their order.
func (l *layer) all() []*document.Tree {
	if values := l.values(); values != nil {
		return append(slices.Clip(l.trees), values)
	}
	return l.trees
}

// named are the trees that have the names of entries as they are, and not as
// variables have them.
func (l *layer) named() []*document.Tree {
	named := *l
	named.assigned = slices.DeleteFunc(slices.Clone(l.assigned), func(a assigned) bool { return a.variable })
	return named.all()
}

// nameEntries finds which entries of maps the variables mean, of those that other layers name.
func nameEntries(layers []*layer, s *schema.Schema) {
	var trees []*document.Tree
	for _, layer := range layers {
		trees = append(trees, layer.named()...)
	}
	for _, layer := range layers {
		for i, a := range layer.assigned {
			if !a.variable {
				continue
			}
			path, err := s.EntryNames(a.path, trees)
			if err != nil {
				layer.mistakes = append(layer.mistakes, &document.Mistake{Place: a.value.Place, Key: document.JoinAll(a.path), Text: err.Error()})
				continue
			}
			layer.assigned[i].path = path
		}
	}
}

// fingerprint of texts, where the ends of each count.
func fingerprint(texts ...string) string {
	hash := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(hash, "%d:", len(text))
		_, _ = io.WriteString(hash, text)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// saidBy is what the layers said.
func saidBy(layers []*layer) history.Said {
	var all, files []string
	for _, layer := range layers {
		all, files = append(all, layer.digest), append(files, layer.files)
	}
	return history.Said{All: fingerprint(all...), Files: fingerprint(files...)}
}
