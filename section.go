package gind

import "fmt"

// View is a section of the config that changes with each reload. Its methods may
// be called concurrently.
type View[T any] struct {
	config *configuration
	name   string
}

// Load returns the section as it is now, checked and complete. It must not be
// changed, and stays as it is when a reload puts another in its place: a handler
// that loads it once sees one version.
func (l *View[T]) Load() *T { return l.config.current().Section(l.name).(*T) }

// Settings adds a section of the application's own to the config, in setup: the
// top-level key name with the keys of T. T is a struct with the tags yaml (the
// key), default, min, max, enum and validate (go-playground/validator). What the
// file has there is checked at start, by "check" and at each reload.
//
// In setup the section is there at once; a mistake in it is the error.
func Settings[T any](s *Service, name string) (*View[T], error) {
	if err := s.app.config.add(name, new(T)); err != nil {
		return nil, err
	}
	return &View[T]{config: s.app.config, name: name}, nil
}

// add a section, and read the config again with it.
func (c *configuration) add(name string, prototype any) error {
	if c.store != nil {
		return fmt.Errorf("gind: section %q: sections are added in setup", name)
	}
	if err := c.loader.Schema.AddSection(name, prototype); err != nil {
		return err
	}
	snapshot, err := c.loader.Load(c.ctx)
	if err != nil {
		return configError(err)
	}
	c.bootstrap = snapshot
	return nil
}
