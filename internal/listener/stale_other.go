//go:build unix && !linux

package listener

// isBound can't know of sockets that this process may not connect to.
func isBound(string) bool { return true }
