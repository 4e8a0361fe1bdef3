//go:build !linux && !darwin && !freebsd

package journal

import "os"

// unlinked: an open file cannot be deleted here.
func unlinked(*os.File) bool { return false }

// lockShared: there are no upgrades here, and so no second process.
func lockShared(*os.File) bool { return true }

func lockExclusive(*os.File) bool { return true }
