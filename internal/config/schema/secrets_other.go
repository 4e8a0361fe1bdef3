//go:build !unix

package schema

import "io/fs"

// worldReadable is never so where the mode of a file does not say who can read it.
func worldReadable(fs.FileMode) bool { return false }
