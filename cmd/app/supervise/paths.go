package supervise

import (
	"os"
	"path/filepath"
	"strings"
)

// runtimeDirectory is the folder that systemd has made for this process.
func runtimeDirectory() string {
	first, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), string(os.PathListSeparator))
	return first
}

// controlSockets are those of all supervisors here that the caller may know of.
func controlSockets() (paths []string) {
	for _, root := range controlRoots() {
		found, _ := filepath.Glob(filepath.Join(root, "*", socketName))
		paths = append(paths, found...)
	}
	return paths
}
