package config

import "github.com/gind/gind/value"

// Secret is the type of the keys that hold one.
type Secret = value.Secret
