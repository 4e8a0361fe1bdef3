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

// Source is one layer of a configuration: a file, the environment, flags, or a
// store on another machine.
type Source interface {
	// Read returns what the source says now. It is called for each load, from
	// one goroutine at a time, and must end when ctx does. The error may be a
	// *Mistake, with the place that could not be read, and refuses the load:
	// a source that is not there at the moment never means that it says nothing.
	Read(ctx context.Context, r *Reading) (*Content, error)
}

// Watcher is a Source whose value may change by itself, as that of a file or of
// a key in etcd does.
type Watcher interface {
	Source
	// Watch calls changed each time the value may have changed, until ctx ends.
	// It may call it too often: what it says is compared, and many calls in a
	// short time count as one.
	Watch(ctx context.Context, changed func()) error
}

// Content is what a source says: YAML documents, then single keys, later ones win.
type Content struct {
	Documents []Document
	Values    []Assignment
}

// Document is a text in YAML.
type Document struct {
	// Name for places, as a path or an URL.
	Name string
	Text []byte
}

// Assignment is one key with its value as text. Lists have commas between their
// values, or are YAML between brackets.
type Assignment struct {
	// Key is the dotted path: server.read_timeout.
	Key string
	// Text of the value.
	Text string
	// Place that the value came from.
	Place Place
}

// Reading is what a source may ask about while it is read.
type Reading struct {
	schema *Schema
	layers []*layer // that were read before
}

// KeyOf finds the key whose path, in lower case and with "_" for the dots, is
// words: server.read_timeout for server_read_timeout.
func (r *Reading) KeyOf(words string) (key string, ok bool) {
	path := r.schema.pathOf(words)
	return joinAll(path), path != nil
}

// Value is the text of a key as the layers say that depend on no other, or its
// default.
func (r *Reading) Value(key string) string {
	path, err := splitPath(key)
	if err != nil {
		return ""
	}
	for i := len(r.layers) - 1; i >= 0; i-- {
		if text, ok := r.layers[i].value(path); ok {
			return text
		}
	}
	return r.schema.defaultText(path)
}

// dependent is a Source that asks for the value of a key. It is read after those
// that do not.
type dependent interface{ dependsOnOthers() }

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
		t, mistakes := parseYAML(d, s.names)
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
	t, err := parseText(s.shapeOf(path), a.Text, a.Place)
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
