//go:build !linux

package unit

// Manager is nil: there is no systemd, nor a successor.
func Manager() error { return nil }
