//go:build !unix

package listener

// CanBind reports nothing: on this platform another process's socket does not stand in the way.
func CanBind(string) error { return nil }
