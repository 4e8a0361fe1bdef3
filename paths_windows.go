package gind

import "os"

func configRoot() string { return os.Getenv("ProgramData") }

func runtimeRoots() []string { return []string{os.Getenv("ProgramData")} }
