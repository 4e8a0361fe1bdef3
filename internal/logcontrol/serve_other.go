//go:build !linux

package logcontrol

import "context"

// Serve does nothing: there is no systemd that would ask.
func Serve(context.Context, string, Log, func(error)) {}
