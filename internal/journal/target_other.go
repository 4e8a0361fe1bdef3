//go:build !linux

package journal

// stderrIsJournal: there is no journald here.
func stderrIsJournal() bool { return false }
