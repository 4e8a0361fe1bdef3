//go:build unix

package gind

import "os"

func configRoot() string { return "/etc" }

func runtimeRoots() []string {
	roots := []string{"/run"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		roots = append(roots, dir)
	}
	return roots
}
