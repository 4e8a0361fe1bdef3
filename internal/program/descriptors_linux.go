package program

import (
	"os"
	"path/filepath"
)

// descriptors are the open files of this process by their numbers, as proc(5) names them.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	entries, _ := os.ReadDir(dir)
	files := map[string]string{}
	for _, e := range entries {
		if file, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil { // not that of ReadDir itself
			files[e.Name()] = file
		}
	}
	return files
}
