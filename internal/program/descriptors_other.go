//go:build !linux

package program

// descriptors are known on Linux alone.
func descriptors() map[string]string { return nil }
