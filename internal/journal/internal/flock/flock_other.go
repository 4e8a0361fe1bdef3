//go:build !linux && !darwin && !freebsd

package flock

import "os"

// Unlinked: an open file cannot be deleted here.
func Unlinked(*os.File) bool { return false }

// Shared: there are no upgrades here, and so no second process.
func Shared(*os.File) bool { return true }

// Exclusive: as Shared.
func Exclusive(*os.File) bool { return true }
