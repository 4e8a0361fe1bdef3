package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gind/gind/internal/config/document"
	"github.com/gind/gind/internal/config/entry"
	"github.com/gind/gind/internal/config/history"
	"github.com/gind/gind/value"
)

// recall fills a snapshot with a version of the history, and checks it like any
// other. kept are the secrets that are written out in the files now.
func (l *Loader) recall(v *history.Version, kept map[string]string) *loaded {
	only := &layer{names: slices.Clone(v.Files)}
	root := document.NewMapping(document.Place{})
	for _, e := range v.Entries {
		if err := l.recallEntry(root, v.Number, e); err != nil {
			only.mistakes = append(only.mistakes, &document.Mistake{Place: versionPlace(v.Number, e.Origin), Key: e.Key, Text: err.Error()})
		}
	}
	only.trees = []*document.Tree{root}
	result := l.fill([]*layer{only}, kept)
	result.mistakes = append(only.mistakes, result.mistakes...)
	l.check(result)
	return result
}

func (l *Loader) recallEntry(root *document.Tree, number int, e entry.Entry) error {
	path, err := document.SplitPath(e.Key)
	if err != nil {
		return err
	}
	if e.Default() && (!l.Schema.Knows(path) || strings.Contains(e.Value, value.Redacted)) {
		return nil // a key of another release, or a secret of the program's own, that nobody had set
	}
	t, err := document.ParseInline(e.Value, versionPlace(number, e.Origin))
	if err != nil {
		return err
	}
	root.SetPath(path, t)
	return nil
}

// versionPlace is where a value of a version came from.
func versionPlace(number int, origin document.Place) document.Place {
	switch {
	case origin.IsDefault():
		return document.DefaultPlace
	case strings.HasPrefix(origin.Source, "version "):
		return origin // it was recalled before
	}
	return document.Place{Source: fmt.Sprintf("version %d (%s)", number, origin)}
}
