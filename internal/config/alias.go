package config

import (
	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/internal/config/schema"
)

// These are the words of the rooms below that whoever has a configuration needs.
type (
	// Place is where a value was set.
	Place = document.Place
	// Mistake is one thing that is wrong with the configuration.
	Mistake = document.Mistake
	// Entry is one key with its value.
	Entry = entry.Entry
	// Change is one key whose value differs.
	Change = entry.Change
	// Schema is the set of keys that a configuration may have.
	Schema = schema.Schema
	// History keeps the configurations that were in force.
	History = history.History
	// Version is one of them.
	Version = history.Version
)

// NewSchema takes the keys from a struct that prototype points to.
func NewSchema(prototype any) *Schema { return schema.NewSchema(prototype) }

// Mistakes are the mistakes in an error of Load; none for an error of another kind.
func Mistakes(err error) []*Mistake { return document.Mistakes(err) }

// Explain is an error of Load for people: each mistake with its line of the file
// and the place marked.
func Explain(err error) string { return document.Explain(err) }
