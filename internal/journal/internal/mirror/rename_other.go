//go:build !linux

package mirror

// renameToNew renames a file, unless there is one of the new name already.
func renameToNew(from, to string) error { return renameIfNew(from, to) }
