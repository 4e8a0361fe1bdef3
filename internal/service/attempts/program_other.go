//go:build !linux

package attempts

// Program is the same everywhere else: there is no systemd.
func Program() string { return "" }
