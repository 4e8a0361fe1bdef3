//go:build !linux

package failure

import (
	"context"

	"github.com/gind/gind/internal/alert"
)

// failureOf has nobody to ask without systemd.
func failureOf(context.Context, string, *alert.Notice) error { return nil }

func stateOf(context.Context, string) string { return "" }
