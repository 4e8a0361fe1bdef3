package gind

import (
	"context"

	"github.com/gind/gind/internal/config"
	"github.com/gind/gind/value"
)

// Secret is the text of a key in a section that is never shown: in a file it is
// the text itself, "file:PATH" or "credential:NAME" (systemd's LoadCredential=).
// Reveal has it.
type Secret = value.Secret

// Bytes is a size in a section, which is written with its unit: 64KiB, 10MB, 1GiB.
type Bytes = value.Bytes

// View is a section of the config that changes with each reload. Its methods may
// be called concurrently.
type View[T any] struct {
	live *config.Live[T]
	name string
}

// Load returns the section as it is now, checked and complete: one atomic read,
// without an allocation. It must not be changed, and stays as it is when a
// reload puts another in its place: a handler that loads it once sees one version.
func (v *View[T]) Load() *T { return v.live.Load() }

// OnChange adds a function that each reload calls which changes the section, once
// the new config is known to be good and before it is in force. Its error refuses
// the reload, for everybody. The function that it returns, which may be nil, is
// called when the new config is in force; it is not, if somebody else refuses. It
// is added in setup.
func (v *View[T]) OnChange(prepare func(old, new *T) (commit func(), err error)) {
	v.live.OnChange(v.name, func(_ context.Context, old, new *T) (func(), error) { return prepare(old, new) })
}

// Settings adds a section of the application's own to the config, in setup: the
// top-level key name with the keys of T. T is a struct with the tags yaml (the
// key), default, min, max, enum and validate (go-playground/validator). What the
// file has there is checked at start, by "check" and at each reload.
//
// In setup the section is there at once. What is wrong with it is told when setup
// has returned, together with all other mistakes in the config, and the service
// does not start; until then the section has its defaults in these places. The
// error is about name and T.
func Settings[T any](s *Service, name string) (*View[T], error) {
	sections := s.service.Config()
	if err := sections.AddSection(name, new(T)); err != nil {
		return nil, err
	}
	live, err := config.LiveOf[T](sections.Store(), name)
	if err != nil {
		return nil, err
	}
	return &View[T]{live: live, name: name}, nil
}
