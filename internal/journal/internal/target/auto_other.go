//go:build !linux

package target

// stderrIsJournal: there is no journald here.
func stderrIsJournal() bool { return false }
