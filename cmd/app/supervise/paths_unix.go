//go:build unix

package supervise

import (
	"os"
	"path/filepath"
)

// controlRoots are where the folders of supervisors are.
func controlRoots() []string {
	roots := []string{"/run/gind-supervise"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		roots = append(roots, filepath.Join(dir, "gind-supervise"))
	}
	return roots
}
