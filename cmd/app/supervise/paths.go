package supervise

import "path/filepath"

// controlSockets are those of all supervisors here that the caller may know of.
func controlSockets() (paths []string) {
	for _, root := range controlRoots() {
		found, _ := filepath.Glob(filepath.Join(root, "*", socketName))
		paths = append(paths, found...)
	}
	return paths
}
