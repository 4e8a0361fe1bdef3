package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// layer is what one source said.
type layer struct {
	trees    []*tree
	names    []string // of what was read
	mistakes []*Mistake
	unread   bool   // what it says is not known, or not all of it
	digest   string // of all it said
	files    string // of the documents in it
}

func (l *layer) value(path []string) (string, bool) {
	for i := len(l.trees) - 1; i >= 0; i-- {
		if t := l.trees[i].at(path); t != nil && t.kind == scalar {
			return t.text, true
		}
	}
	return "", false
}

// readLayer reads one source. A panic in it is a mistake.
func (l *Loader) readLayer(ctx context.Context, source Source, r *Reading) (result *layer) {
	result = &layer{}
	defer func() {
		if cause := recover(); cause != nil {
			result.mistakes = append(result.mistakes, &Mistake{Text: fmt.Sprintf("source %T: panic: %v", source, cause)})
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
	l.mistakes = Mistakes(err)
	if len(l.mistakes) == 0 {
		l.mistakes = []*Mistake{{Text: err.Error()}}
	}
	l.digest = fingerprint("error", err.Error())
}

func (l *layer) take(content *Content, s *Schema) {
	var documents, assignments []string
	for _, d := range content.Documents {
		t, mistakes := parseYAML(d.Name, d.Text, s.secretNames())
		if t != nil {
			l.trees = append(l.trees, t)
		} else {
			l.unread = true
		}
		l.mistakes = append(l.mistakes, mistakes...)
		l.names = append(l.names, d.Name)
		documents = append(documents, d.Name, string(d.Text))
	}
	values := newMapping(Place{})
	for _, a := range content.Values {
		l.assign(values, a, s)
		assignments = append(assignments, a.Key, a.Text)
	}
	if len(values.keys) > 0 {
		l.trees = append(l.trees, values)
	}
	l.files = fingerprint(documents...)
	l.digest = fingerprint(l.digest, l.files, fingerprint(assignments...))
}

func (l *layer) assign(values *tree, a Assignment, s *Schema) {
	wrong := func(key, text string) {
		l.mistakes = append(l.mistakes, &Mistake{Place: a.Place, Key: key, Text: text})
	}
	path, err := splitPath(a.Key)
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
	t, err := s.parseText(path, a.Text, a.Place)
	if err != nil {
		wrong(a.Key, err.Error())
		return
	}
	values.setPath(path, t)
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
func saidBy(layers []*layer) said {
	var all, files []string
	for _, layer := range layers {
		all, files = append(all, layer.digest), append(files, layer.files)
	}
	return said{All: fingerprint(all...), Files: fingerprint(files...)}
}
