//go:build !unix

package history

// syncDir has nothing to do where a folder can't be synced; the file system keeps
// a journal of names.
func syncDir(string) error { return nil }
