// Package config reads a configuration in layers, checks it strictly and keeps
// the one in force. What is wrong is told all at once, each mistake with the
// file, line and column it stands at. The package does not know what a key is
// for: keys, defaults and bounds come from the tags of Go structs.
package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
	"github.com/hashicorp/go-multierror"
)

// Loader reads configurations of one schema from the same sources each time.
type Loader struct {
	Schema *Schema
	// Sources in order: later ones win.
	Sources []Source
	// Checks of a configuration that is well-formed, such as for keys that
	// contradict each other.
	Checks []func(*Snapshot) []*Mistake
}

// Load reads and checks everything. The error is a *multierror.Error of
// *Mistake, in the order of their places.
func (l *Loader) Load(ctx context.Context) (*Snapshot, error) {
	var all *tree
	var mistakes []*Mistake
	snapshot := &Snapshot{sections: map[string]any{}}
	for _, source := range l.Sources {
		layer, wrong := source.read(ctx, l.Schema)
		mistakes = append(mistakes, wrong...)
		if layer != nil && source.name() != "" {
			snapshot.Files = append(snapshot.Files, source.name())
		}
		all = merged(all, layer)
	}
	mistakes = append(mistakes, l.fill(snapshot, all)...)
	if len(mistakes) == 0 {
		for _, check := range l.Checks {
			mistakes = append(mistakes, check(snapshot)...)
		}
	}
	if len(mistakes) > 0 {
		return nil, together(mistakes)
	}
	snapshot.SHA256 = digest(snapshot.entries)
	return snapshot, nil
}

func (l *Loader) fill(snapshot *Snapshot, all *tree) []*Mistake {
	d := &decoder{origins: map[string]Place{}}
	own, sections := l.Schema.split(all)

	value := reflect.New(l.Schema.prototype.Type())
	value.Elem().Set(l.Schema.prototype)
	d.group(value.Elem(), own, "", true)
	snapshot.value = value.Interface()

	for _, name := range l.Schema.names {
		section := reflect.New(l.Schema.sections[name].Type())
		section.Elem().Set(l.Schema.sections[name])
		d.group(section.Elem(), sections[name], name, true)
		d.validate(name, section.Interface())
		snapshot.sections[name] = section.Interface()
	}
	snapshot.entries, snapshot.origins = d.entries, d.origins
	return d.mistakes
}

// split parts gind's own keys from the application's sections. While the schema
// is open, mappings that nobody knows are left out.
func (s *Schema) split(all *tree) (own *tree, sections map[string]*tree) {
	sections = map[string]*tree{}
	if all == nil {
		return nil, sections
	}
	known := map[string]bool{}
	for _, f := range fieldsOf(s.prototype.Type()) {
		known[f.name] = true
	}
	own = newMapping(all.place)
	for _, name := range all.keys {
		value := all.fields[name]
		_, section := s.sections[name]
		switch {
		case section:
			sections[name] = value
		case s.open && !known[name] && value.kind != scalar:
		default:
			own.set(name, value)
		}
	}
	return own, sections
}

// validate holds a section against its validate tags.
func (d *decoder) validate(name string, section any) {
	rules := validator.New(validator.WithRequiredStructEnabled())
	rules.RegisterTagNameFunc(func(f reflect.StructField) string {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		return key
	})
	err := rules.Struct(section)
	var broken validator.ValidationErrors
	if err != nil && !errors.As(err, &broken) {
		d.mistake(defaultPlace, name, "%v", err)
	}
	for _, e := range broken {
		_, path, _ := strings.Cut(e.Namespace(), ".")
		key := join(name, path)
		if d.isWrong(key) {
			continue // its value is not the one that was written
		}
		rule := e.Tag()
		if e.Param() != "" {
			rule += "=" + e.Param()
		}
		d.mistake(d.origins[key], key, "%v breaks the rule %s", e.Value(), rule)
	}
}

func (d *decoder) isWrong(key string) bool {
	return slices.ContainsFunc(d.mistakes, func(m *Mistake) bool { return m.Key == key })
}

// together is all mistakes as one error, each on a line of its own.
func together(mistakes []*Mistake) error {
	slices.SortStableFunc(mistakes, func(a, b *Mistake) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	all := &multierror.Error{ErrorFormat: lines}
	for _, m := range mistakes {
		all.Errors = append(all.Errors, m)
	}
	return all
}

func lines(list []error) string {
	texts := make([]string, len(list))
	for i, err := range list {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "\n")
}

// Mistakes are the mistakes in an error of Load; none for an error of another kind.
func Mistakes(err error) []*Mistake {
	var all *multierror.Error
	if !errors.As(err, &all) {
		return nil
	}
	var list []*Mistake
	for _, e := range all.Errors {
		var m *Mistake
		if errors.As(e, &m) {
			list = append(list, m)
		}
	}
	return list
}

// Explain is an error of Load for people: each mistake with its line of the file
// and the place marked.
func Explain(err error) string {
	mistakes := Mistakes(err)
	if len(mistakes) == 0 {
		return err.Error()
	}
	var b strings.Builder
	for _, m := range mistakes {
		b.WriteString(m.Error() + "\n")
		if excerpt := m.Excerpt(); excerpt != "" {
			b.WriteString(excerpt + "\n")
		}
	}
	if n := len(mistakes); n > 1 {
		fmt.Fprintf(&b, "%d mistakes\n", n)
	}
	return b.String()
}
