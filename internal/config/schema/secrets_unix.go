//go:build unix

package schema

import "io/fs"

// worldReadable reports whether everybody on the machine can read the file.
func worldReadable(mode fs.FileMode) bool { return mode.Perm()&0o004 != 0 }
