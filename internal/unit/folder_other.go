//go:build !linux

package unit

import "context"

// WorkingDirectory is that of nobody: there is no systemd.
func WorkingDirectory(context.Context) (string, error) { return "", nil }

// Program is that of nobody: there is no systemd.
func Program(context.Context) (string, error) { return "", nil }
