package config

import (
	"context"

	"github.com/gind/gind/internal/config/document"
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
	Place document.Place
	// Variable says that the key was found with [Reading.KeyOf]. An entry of a map that
	// another layer names is meant by its name there, with dashes and in its case.
	Variable bool
}

// Dependent is a Source that asks for the value of a key. It is read after those
// that do not.
type Dependent interface {
	Source
	DependsOnOthers()
}
