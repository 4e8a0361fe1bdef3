//go:build unix

package paths

import "os"

func configRoot() string { return "/etc" }

func stateRoot() string { return "/var/lib" }

func logFolder(name string) string { return "/var/log/" + name }

// VendorDropIns is where packages put their own part of a service's config.
func VendorDropIns(name string) string { return "/usr/lib/" + name + "/" + name + ".d" }

// ProgramBefore is where packages keep the program that was before the newest.
func ProgramBefore(name string) string { return "/usr/lib/" + name + "/before/" + name }

func runtimeRoots() []string {
	roots := []string{"/run"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		roots = append(roots, dir)
	}
	return roots
}
