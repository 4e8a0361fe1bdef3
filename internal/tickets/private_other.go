//go:build !unix

package tickets

import "io/fs"

// private reports whether a file is this user's alone. Elsewhere the folder's
// access list decides.
func private(info fs.FileInfo) bool { return info.Mode().IsRegular() }
