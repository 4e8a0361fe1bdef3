//go:build unix

package control

import "github.com/gind/gind/internal/listener"

// dispose removes a socket to which connecting has failed, if nobody listens on it.
func dispose(path string, failed error) error { return listener.RemoveStale(path, failed) }
