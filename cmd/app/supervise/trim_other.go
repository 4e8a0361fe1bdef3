//go:build !linux

package supervise

// trim is for Linux.
func trim() {}
