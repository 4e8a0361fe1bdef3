package control

import (
	"fmt"
	"os"
)

// dispose removes a socket to which connecting has failed, if nobody listens on it.
func dispose(path string, failed error) error {
	if !refused(failed) {
		return fmt.Errorf("there is a socket of that name already: %w", failed)
	}
	return os.Remove(path)
}
