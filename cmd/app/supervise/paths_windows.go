package supervise

import (
	"os"
	"path/filepath"
)

// controlRoots are where the folders of supervisors are.
func controlRoots() []string {
	return []string{filepath.Join(os.Getenv("ProgramData"), "gind-supervise")}
}
