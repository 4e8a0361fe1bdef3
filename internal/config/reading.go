package config

import (
	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/schema"
)

// Reading is what a source may ask about while it is read.
type Reading struct {
	schema *schema.Schema
	layers []*layer // that were read before
}

// KeyOf finds the key whose path, in any case and with "_" for dots and dashes, is
// words: server.read_timeout for SERVER_READ_TIMEOUT.
func (r *Reading) KeyOf(words string) (key string, ok bool) {
	path := r.schema.PathOf(words)
	return document.JoinAll(path), path != nil
}

// Value is the text of a key as the layers say that depend on no other, or its
// default.
func (r *Reading) Value(key string) string {
	path, err := document.SplitPath(key)
	if err != nil {
		return ""
	}
	for i := len(r.layers) - 1; i >= 0; i-- {
		if text, ok := r.layers[i].value(path); ok {
			return text
		}
	}
	return r.schema.DefaultText(path)
}
