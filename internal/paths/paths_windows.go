package paths

import (
	"os"
	"path/filepath"
)

func configRoot() string { return os.Getenv("ProgramData") }

func stateRoot() string { return os.Getenv("ProgramData") }

func logFolder(name string) string { return filepath.Join(os.Getenv("ProgramData"), name, "logs") }

// VendorDropIns is where packages put their own part of a service's config.
func VendorDropIns(name string) string {
	return filepath.Join(os.Getenv("ProgramFiles"), name, name+".d")
}

// ProgramBefore is where packages keep the program that was before the newest.
func ProgramBefore(name string) string {
	return filepath.Join(os.Getenv("ProgramFiles"), name, "before", name+".exe")
}

func runtimeRoots() []string { return []string{os.Getenv("ProgramData")} }
