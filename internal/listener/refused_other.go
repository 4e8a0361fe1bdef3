//go:build !unix && !windows

package listener

func isRefused(error) bool { return false }
