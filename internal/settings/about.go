package settings

import "github.com/gind/gind/internal/config"

// About says what a key of gind is for, as its comment here does; empty for a
// key of the application's own.
func About(k config.Key) string { return about[k.Path] }
