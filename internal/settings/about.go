package settings

import "github.com/gind/gind/internal/config/schema"

// About says what a key of gind is for, as its comment here does; empty for a
// key of the application's own.
func About(k schema.Key) string { return about[k.Path] }
