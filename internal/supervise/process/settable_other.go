//go:build !linux

package process

// Settable cannot be told here without setting it.
func (l Limit) Settable() error { return nil }
